# Shared by the scripts that make a bare Debian. Needs `step`'s LOG (scripts/lib/steps.sh).
# shellcheck shell=bash

# network_access_for ROOT: what lets this machine reach the registries (name servers, private CAs, sources) lets the one in ROOT too.
network_access_for() {
    local root=$1 path
    for path in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/apt/sources.list.d/debian.sources /usr/local/share/ca-certificates; do
        [ -e "$path" ] || continue
        mkdir -p "$root$(dirname "$path")"
        cp -rL "$path" "$root$(dirname "$path")/"
    done
    [ -e /etc/apt/sources.list.d/debian.sources ] && rm -f "$root/etc/apt/sources.list"
    for path in /etc/apt/apt.conf.d/*valid* /etc/apt/apt.conf.d/*proxy*; do
        [ ! -e "$path" ] || cp "$path" "$root/etc/apt/apt.conf.d/"
    done
    chroot "$root" update-ca-certificates >>"$LOG" 2>&1
}

# network_environment: the variables that name CAs, proxies and indices, as NAME=VALUE lines.
network_environment() {
    env | grep -E '^(SSL_CERT_[A-Z]+|PIP_CERT|PIP_DEFAULT_TIMEOUT|REQUESTS_CA_BUNDLE|UV_[A-Z_]+|[a-zA-Z_]+_(proxy|PROXY))=' || true
}
