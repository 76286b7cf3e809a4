#!/bin/sh
# Starts an example: makes its keys (keys.sh), runs each file in its services/ with Node, then nginx.
#
#   /etc/nginx/examples/start.sh go-services             all of it; ends with nginx
#   /etc/nginx/examples/start.sh go-services services    keys and services, for an nginx that runs elsewhere
#
# Listens:  on 127.0.0.1:8080. In a container, where only what is published can be reached: LISTEN=8080
# Needs:    nginx with njs, openssl, Node 22.18 or later (see strip-types.mjs on Debian's own)
set -eu
example=$1 part=${2:-}
examples=$(cd "$(dirname "$0")" && pwd)
cd "$examples/$example"

# Readable and writable for this user only, and of a name that nobody can guess: the configuration, and what services store.
STATE_DIRECTORY=$(mktemp -d)
export STATE_DIRECTORY

# Services need no rights. As root, they run as the user of nginx's workers.
unprivileged=
if [ "$(id -u)" = 0 ]; then
    chown www-data "$STATE_DIRECTORY"
    unprivileged='setpriv --reuid=www-data --regid=www-data --clear-groups'
fi

if [ -f keys.sh ]; then
    # Of root, readable by the workers ("user www-data;" in nginx.conf), and by nobody else.
    umask 027
    mkdir -p /etc/nginx/keys
    . ./keys.sh
    chgrp -R www-data /etc/nginx/keys
    umask 022
fi

for service in services/*.ts; do
    $unprivileged node --disable-warning=ExperimentalWarning --import "$examples/strip-types.mjs" "$service" &
done

if [ "$part" = services ]; then
    wait
    exit
fi

# nginx.conf starts on every njs. QuickJS is the faster engine where there is one.
for conf in nginx.conf generated/kong.conf; do
    if [ -f "$conf" ]; then
        sed "s/listen 127\.0\.0\.1:8080/listen ${LISTEN:-127.0.0.1:8080}/
            s,$PWD/generated/kong\.conf,$STATE_DIRECTORY/kong.conf," "$conf" >"$STATE_DIRECTORY/${conf##*/}"
    fi
done
conf=$STATE_DIRECTORY/nginx.conf
sed 's/# js_engine qjs;/js_engine qjs;/' "$conf" >"$conf.qjs"
nginx -t -q -c "$conf.qjs" 2>/dev/null && conf=$conf.qjs
exec nginx -c "$conf" -g 'daemon off;'
