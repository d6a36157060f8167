# Shared by the scripts: steps with their elapsed time, long tasks with a sign of life, errors with a remedy.
# shellcheck shell=bash
LOG=${LOG:-$(mktemp /tmp/hotline-setup-XXXXXX.log)}
SIGN_OF_LIFE_SECONDS=10

step() { printf '[%3ds] %s\n' "$SECONDS" "$1"; }

fail() {
    printf '\nerror / 错误: %s\n  -> %s\n' "$1" "$2" >&2
    exit 1
}

require_root() {
    [ "$(id -u)" -eq 0 ] || fail "root is needed to $1 / 此步骤需要 root 权限" "run again as root: sudo make setup / 以 root 重新运行"
}

# long_task WHAT COMMAND…: run it with its output in the log; every few seconds say that it goes on; on failure show the end.
long_task() {
    local what=$1 pid ticks=0
    shift
    step "  $what"
    printf '\n$ %s\n' "$*" >>"$LOG"
    local from
    from=$(wc -l <"$LOG")
    "$@" >>"$LOG" 2>&1 </dev/null 9>&- &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        ticks=$((ticks + 1))
        [ $((ticks % (SIGN_OF_LIFE_SECONDS * 5))) -ne 0 ] || step "    … $(tail -n 1 "$LOG" | tr -d '\r' | sed 's|^ *||' | cut -c1-100)"
    done
    wait "$pid" && return 0
    tail -n "+$((from + 1))" "$LOG" | tail -n 20 >&2
    printf '(all of it / 完整日志: %s)\n' "$LOG" >&2
    return 1
}

# Two `make` runs at once would fight over apt and the environment.
one_at_a_time() {
    exec 9>/tmp/hotline-setup.lock
    flock --nonblock 9 || { step "waiting for another set-up to end / 等待另一个安装任务"; flock 9; }
}

done_in() {
    [ "$SECONDS" -lt 3 ] || step "$1"
    rm -f "$LOG"
}
