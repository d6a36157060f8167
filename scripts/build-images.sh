#!/usr/bin/env bash
# Proof for maintainers without a Docker engine: builds both images of docker-compose.yml with buildah (Debian), on bases
# made by debootstrap in place of Docker Hub's. Leaves the images hotline-12345 and hotline-asterisk in buildah's store.
#   scripts/build-images.sh        BASES=DIR where the bases are made (default /tmp/hotline-bases)
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib/steps.sh
source scripts/lib/network.sh

BASES=${BASES:-/tmp/hotline-bases}

require_root "build images"
for tool in buildah debootstrap; do
    command -v "$tool" >/dev/null || fail "$tool is missing" "apt-get install --no-install-recommends buildah debootstrap fuse-overlayfs"
done

# base SUITE TAG…: docker.io/library/debian:TAG made of Debian's SUITE.
base() {
    local suite=$1 root=$BASES/$1 container variable
    shift
    mkdir -p "$BASES"
    [ -e "$root/etc/debian_version" ] ||
        long_task "debootstrap $suite" debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" ||
        fail "debootstrap failed" "check the network"
    network_access_for "$root"
    # a mirror that lags behind signs lists that are over their time; sources of another suite are not sid's
    echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/99valid"
    [ "$suite" = bookworm ] || {
        rm -f "$root/etc/apt/sources.list.d/debian.sources"
        echo "deb http://deb.debian.org/debian $suite main" >"$root/etc/apt/sources.list"
    }
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$root" / >>"$LOG"
    while read -r variable; do buildah config --env "$variable" "$container"; done < <(network_environment)
    for tag in "$@"; do buildah commit --quiet "$container" "docker.io/library/debian:$tag" >>"$LOG"; done
    buildah rm "$container" >>"$LOG"
}

image() {
    long_task "buildah bud -f $2" buildah bud --isolation chroot --network host --pull-never -f "$2" -t "$1" . ||
        fail "$2 could not be built" "the lines above; the whole log is $LOG"
}

step "bases"
base bookworm bookworm bookworm-slim
base sid sid
step "images"
image hotline-asterisk asterisk/Dockerfile
image hotline-12345 Dockerfile
step "built: $(buildah images --format '{{.Name}} {{.Size}}' --filter reference=localhost/hotline-* | tr '\n' ' ')"
