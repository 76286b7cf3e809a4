#!/bin/sh
# Gets ready what the demo and the nginx tests need: a Docker engine and images with nginx and njs.
# Says what it does, installs only as root on Debian or Ubuntu, and writes dist/runtimes: one line for
# each runtime, "NAME IMAGE ENGINE DOORS", which the tests read. In dist/demo-base stands the image that
# runs the examples, services and all; nothing where there is none.
#
#   NGINX_IMAGES="image …"   test with these images instead
#   DEMO_BASE=image          run the examples on this one: nginx with njs, and Node 22.18 or later
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

engine_runs() { docker info >/dev/null 2>&1; }
is_debian_root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# need PATH-OR-COMMAND PACKAGE: installs the package where the command or file is missing.
need() {
    if command -v "$1" >/dev/null 2>&1 || [ -e "$1" ]; then
        return 0
    fi
    is_debian_root || fail "$2 is not installed. As root on Debian or Ubuntu this script installs it; elsewhere please install it and try again."
    say "installing $2 (apt-get)"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

start_engine() {
    need dockerd docker.io
    need iptables iptables
    ! engine_runs || return 0
    is_debian_root || fail "no Docker engine is reachable. Start one, or point DOCKER_HOST at one, and try again."
    if [ -d /run/systemd/system ]; then
        say "starting the Docker engine (systemctl start docker)"
        systemctl start docker
    else
        # A pid file left by an engine that was killed keeps the next one from starting.
        pid=$(cat /var/run/docker.pid 2>/dev/null || true)
        if [ -n "$pid" ] && ! grep -qs dockerd "/proc/$pid/cmdline"; then
            rm -f /var/run/docker.pid
        fi
        log=/var/log/njs-auth-jwt-dockerd.log
        say "starting the Docker engine (dockerd, log in $log)"
        setsid nohup dockerd >"$log" 2>&1 </dev/null &
    fi
    for _ in $(seq 60); do
        engine_runs && return 0
        sleep 1
    done
    [ ! -f "${log:-}" ] || tail -n 20 "$log" >&2
    fail "the Docker engine does not answer."
}

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

# Debian's own nginx and njs, without an image registry: packages unpacked into a new root.
# build_debian_image SUITE IMAGE [,PACKAGE,…]
build_debian_image() {
    suite=$1 image=$2 more=${3:-}
    need mmdebstrap mmdebstrap
    need /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
    say "building $image from Debian's packages (mmdebstrap, suite $suite)"
    work=$(mktemp -d)
    for option in 'Acquire::Retries "3"' 'Acquire::Check-Valid-Until "false"'; do
        if mmdebstrap --variant=minbase --aptopt="$option" \
            --include="nginx,libnginx-mod-http-js,ca-certificates$more" \
            "$suite" "$work/root.tar" 2>"$work/log"; then
            docker import "$work/root.tar" "$image" >/dev/null
            rm -rf "$work"
            return 0
        fi
        # A mirror may lag behind the date that its signed index promises; the signature still counts.
        grep -qi 'expired\|not valid' "$work/log" || break
    done
    tail -n 20 "$work/log" >&2
    rm -rf "$work"
    fail "could not build $image. NGINX_IMAGES=… and DEMO_BASE=… name images of your own."
}

# nginx -t of a configuration, inside an image.
accepts() {
    image=$1 http=$2 location=$3
    docker run --rm -i --entrypoint sh "$image" -c \
        'echo "export default { f: function (r) {} };" >/tmp/f.js; cat >/tmp/f.conf; nginx -t -q -c /tmp/f.conf' \
        >/dev/null 2>&1 <<EOF
load_module modules/ngx_http_js_module.so;
events {}
http { $http js_import f from /tmp/f.js; server { location / { $location } } }
EOF
}

describe_runtimes() {
    image=$1 name=$2
    accepts "$image" '' '' || fail "$image has no nginx with the njs module."
    doors=validateJwt
    ! accepts "$image" '' 'js_access f.f;' || doors=validateJwt,enforceJwt
    ! accepts "$image" 'js_engine qjs;' '' || echo "$name-qjs $image qjs $doors"
    echo "$name-njs $image njs $doors"
}

engine_runs || start_engine
need curl curl

if [ -n "${NGINX_IMAGES:-}" ]; then
    images=$NGINX_IMAGES
    for image in $images; do
        has_image "$image" || docker pull -q "$image" || fail "no image $image."
    done
else
    images=
    for image in nginx:stable nginx:mainline; do
        if has_image "$image" || timeout 120 docker pull -q "$image" >/dev/null 2>&1; then
            images="$images $image"
        else
            say "$image cannot be pulled here: going without the official images"
            break
        fi
    done
    if [ -z "$images" ] || is_debian_root; then
        for suite in forky trixie; do
            image=njs-auth-jwt/debian-$suite
            has_image "$image" || build_debian_image "$suite" "$image"
            images="$images $image"
        done
    fi
fi

# Debian's Node is built without the part that reads TypeScript: esbuild lends a hand.
demo_base=${DEMO_BASE:-njs-auth-jwt/demo-base}
if ! has_image "$demo_base"; then
    if [ -n "${DEMO_BASE:-}" ]; then
        docker pull -q "$demo_base" || fail "no image $demo_base."
    elif is_debian_root; then
        build_debian_image forky "$demo_base" ,nodejs,esbuild
    else
        demo_base=
    fi
fi

mkdir -p dist
echo "$demo_base" >dist/demo-base
: >dist/runtimes.new
for image in $images; do
    name=$(printf '%s' "${image##*/}" | tr ':@' '--')
    describe_runtimes "$image" "${name#debian-}" >>dist/runtimes.new
done
mv dist/runtimes.new dist/runtimes
say "runtimes:"
sed 's/^/  /' dist/runtimes
