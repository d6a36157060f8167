#!/usr/bin/env bash
# Proof for maintainers: in a fresh Debian 12 (debootstrap, as small as a new machine) clone this repository and run
# what the README tells a newcomer to run.
#   scripts/fresh-machine.sh [TARGET…]      default: setup test demo
#   FRESH_ROOT=DIR   where (default /tmp/hotline-fresh)   FRESH_KEEP=1   leave DIR for a look inside
# The chroot gets its own mounts and processes (namespaces): when this script ends, however it ends, none is left.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib/steps.sh
source scripts/lib/network.sh

ROOT=${FRESH_ROOT:-/tmp/hotline-fresh}
TARGETS=("$@")
[ ${#TARGETS[@]} -gt 0 ] || TARGETS=(setup test demo)

require_root "make a fresh machine in a chroot"
command -v debootstrap >/dev/null || fail "debootstrap is missing" "make setup"
[ ! -e "$ROOT/root/work" ] || fail "$ROOT is in use" "rm -rf --one-file-system $ROOT"

make_machine() {
    [ ! -e "$ROOT/etc/debian_version" ] || return 0 # a bare debootstrap that somebody left for us
    step "Debian 12 in $ROOT"
    long_task "debootstrap bookworm" debootstrap --variant=minbase \
        --include=python3,make,git,ca-certificates bookworm "$ROOT" || fail "debootstrap failed" "check the network"
}

clone_repository() {
    step "clone of $(git rev-parse --short HEAD)"
    mkdir -p "$ROOT/root/work"
    git clone --quiet --no-hardlinks . "$ROOT/root/work/main"
}

# run_inside COMMAND: in the chroot, with the environment of a new log-in and the variables that name CAs and proxies.
run_inside() {
    local keep
    mapfile -t keep < <(network_environment)
    unshare --mount --pid --fork --kill-child --propagation private bash -c '
        set -e
        root=$1; shift
        mount --rbind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        exec chroot "$root" "$@"
    ' bash "$ROOT" env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 "${keep[@]}" \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c "cd /root/work/main && $1"
}

clean_up() { [ -n "${FRESH_KEEP:-}" ] || rm -rf --one-file-system "$ROOT"; }

trap clean_up EXIT
make_machine
step "network access as on this machine"
network_access_for "$ROOT"
clone_repository
for target in "${TARGETS[@]}"; do
    step "make $target"
    run_inside "make $target" </dev/null || fail "make $target failed in a fresh machine" "FRESH_KEEP=1 $0 $target, then look into $ROOT"
done
step "all passed: ${TARGETS[*]}"
