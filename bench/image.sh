#!/bin/sh
# Builds the image in which everything is measured, from Debian's packages: nginx, njs, the C module,
# Node and wrk. Prints the image's name. Needs a running Docker engine ("make setup" sees to it).
set -eu

packages=nginx,libnginx-mod-http-js,libnginx-mod-http-auth-jwt,nodejs,wrk,valgrind,procps,util-linux,ca-certificates
# Another list is another image.
image=njs-auth-jwt/bench-forky:$(printf %s "$packages" | cksum | cut -d ' ' -f 1)

say() { printf 'bench: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

docker info >/dev/null 2>&1 || fail 'no Docker engine is reachable. "make setup" starts one on Debian or Ubuntu.'
if docker image inspect "$image" >/dev/null 2>&1; then
    echo "$image"
    exit 0
fi

command -v mmdebstrap >/dev/null 2>&1 || fail 'mmdebstrap is not installed. "make setup" installs it on Debian or Ubuntu.'
say "building $image from Debian's packages (mmdebstrap, suite forky)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for option in 'Acquire::Retries "3"' 'Acquire::Check-Valid-Until "false"'; do
    if mmdebstrap --variant=minbase --aptopt="$option" --include="$packages" \
        forky "$work/root.tar" 2>"$work/log"; then
        docker import "$work/root.tar" "$image" >/dev/null
        echo "$image"
        exit 0
    fi
    # A mirror may lag behind the date that its signed index promises; the signature still counts.
    grep -qi 'expired\|not valid' "$work/log" || break
done
tail -n 20 "$work/log" >&2
fail "could not build $image."
