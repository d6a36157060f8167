#!/usr/bin/env bash
# Makes a Debian 12 machine ready for `uv run …`: packages, uv, Python environment, system users, Asterisk, speech model.
# Each step looks first whether it is done; a second run takes about a second and changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib/steps.sh
source scripts/lib/packages.sh

STATE=/var/cache/hotline/setup
UV_HOME=/opt/hotline-uv
ROOTFS=${HOTLINE_ASTERISK__ROOTFS:-/var/cache/hotline/asterisk-22}
export DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin:/usr/local/bin"

require_supported_machine() {
    [ -r /etc/debian_version ] || fail "this is not a Debian system / 当前系统不是 Debian" \
        "use Debian 12, or run the containers: docker compose up / 请使用 Debian 12,或用容器运行"
    command -v python3 >/dev/null || return 0 # comes with the packages
    python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' ||
        fail "Python is $(python3 -V 2>&1); 3.11 or 3.12 is needed / 需要 Python 3.11 或 3.12" \
            "use Debian 12 (it has 3.11), or put a python3.11 first on PATH / 请使用 Debian 12"
}

install_packages() {
    local missing=("$@")
    require_root "install the Debian packages ${missing[*]}"
    keep_services_from_starting
    long_task "apt-get update" apt-get update || true # one bad source must not stop us; the next line tells the truth
    long_task "apt-get install ${missing[*]}" apt-get install -y --no-install-recommends "${missing[@]}" ||
        fail "apt could not install the packages / 软件包安装失败" \
            "check the network and /etc/apt/sources.list, then: make setup / 检查网络与软件源后重试"
}

install_uv() {
    require_root "install uv into $UV_HOME"
    # Debian's own pip is externally managed (PEP 668), so uv gets an environment of its own
    long_task "python3 -m venv $UV_HOME" python3 -m venv "$UV_HOME" ||
        fail "no virtual environment could be made / 无法创建虚拟环境" "apt-get install python3-venv"
    long_task "pip install uv" "$UV_HOME/bin/pip" install --quiet uv ||
        fail "pip could not install uv / 无法安装 uv" "check the network to PyPI (proxy, PIP_INDEX_URL) / 检查到 PyPI 的网络"
    ln -sf "$UV_HOME/bin/uv" /usr/local/bin/uv
}

sync_python() {
    # every role, command and test starts a Python: compile once instead of at each start
    export UV_COMPILE_BYTECODE=1
    export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}"
    long_task "uv sync --frozen (compiles kenlm: up to a few minutes / 编译 kenlm 需几分钟)" uv sync --frozen ||
        fail "the Python environment could not be made / Python 环境安装失败" \
            "check the network to PyPI; behind a private CA set SSL_CERT_FILE / 检查网络;使用私有证书时设置 SSL_CERT_FILE"
}

add_user() {
    require_root "add the system user hotline"
    useradd --system --user-group --home-dir /var/lib/hotline --shell /usr/sbin/nologin hotline
}

# A step that only a long look could verify leaves a stamp named after the hash of what its result was made from.
stamped() {
    local name=$1 inputs=$2 stamp
    shift 2
    # shellcheck disable=SC2086 # a list of paths
    stamp="$STATE/$name-$(cat $inputs | sha256sum | cut -c1-16)"
    [ ! -e "$stamp" ] || return 0
    "$@"
    [ "$(id -u)" -eq 0 ] || return 0 # looked again next time
    mkdir -p "$STATE"
    rm -f "$STATE/$name"-*
    touch "$stamp"
}

provision_asterisk() {
    step "Asterisk 22 root file system / Asterisk 根文件系统"
    require_root "make the root file system of Asterisk"
    long_task "debootstrap, Debian sid" uv run --frozen python scripts/provision_asterisk.py ||
        fail "Asterisk could not be installed / Asterisk 安装失败" \
            "check the network to the Debian mirror, then: make setup / 检查到 Debian 镜像的网络后重试"
    [ -e "$ROOTFS/.ready" ] || fail "no root file system in $ROOTFS / 根文件系统未建立" "rm -rf $ROOTFS && make setup"
}

# Files carry numbers: inside and outside the root file system the switch must be the same user, and nobody else.
switch_numbers() { sed -n "s/^$1:[^:]*:\([0-9]*:[0-9]*\):.*/\1/p" "$2/etc/passwd" 2>/dev/null; }
same_switch_user() { [ -n "$(switch_numbers hotline-switch "")" ] && [ "$(switch_numbers hotline-switch "")" = "$(switch_numbers asterisk "$ROOTFS")" ]; }

fetch_model() {
    step "speech model / 语音模型"
    long_task "hotline models fetch" uv run --frozen hotline models fetch ||
        fail "no speech model could be fetched / 无法取得语音模型" \
            "uv run hotline models list / 查看可用模型及获取办法"
}

one_at_a_time
require_supported_machine

mapfile -t missing < <(missing_packages scripts/packages/*.txt)
if [ ${#missing[@]} -gt 0 ]; then
    step "Debian packages / 软件包"
    install_packages "${missing[@]}"
fi
command -v uv >/dev/null || { step "uv"; install_uv; }
uv sync --frozen --check >/dev/null 2>&1 || { step "Python environment / Python 环境"; sync_python; }
id -u hotline >/dev/null 2>&1 || { step "system user hotline / 系统用户"; add_user; }
{ [ -e "$ROOTFS/.ready" ] && same_switch_user; } || rm -f "$STATE"/asterisk-*
stamped asterisk asterisk/packages.txt provision_asterisk
stamped model "asr/models.py asr/catalogue.py" fetch_model

done_in "ready: uv run hotline --help, make demo, make test / 安装完成"
