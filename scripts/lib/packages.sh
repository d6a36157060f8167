# Debian packages from list files; freshly installed servers are not started.
# shellcheck shell=bash

# packages_in FILE…: the names, without comments.
packages_in() { sed -e 's/#.*//' "$@" | tr -s '[:space:]' '\n' | sed '/^$/d' | sort -u; }

# missing_packages FILE…: those that dpkg does not have installed.
missing_packages() {
    local name
    for name in $(packages_in "$@"); do
        dpkg-query -W -f '${Status}\n' "$name" 2>/dev/null | grep -q '^install ok installed$' || echo "$name"
    done
}

# PostgreSQL and Mosquitto are wanted as programs: hotline and the tests start their own on their own ports. A server
# that was here before us is left as it is.
keep_services_from_starting() {
    if ! dpkg-query -W mosquitto >/dev/null 2>&1; then
        mkdir -p /etc/systemd/system
        ln -sf /dev/null /etc/systemd/system/mosquitto.service
    fi
    if ! dpkg-query -W postgresql-common >/dev/null 2>&1; then
        mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false # set by hotline's make setup" >/etc/postgresql-common/createcluster.conf
    fi
    [ -e /usr/sbin/policy-rc.d ] && return 0
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
}
