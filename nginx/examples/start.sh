#!/bin/sh
# Starts an example: makes its keys (keys.sh), runs each file in its services/ with Node, then nginx.
#
#   /etc/nginx/examples/start.sh go-services             all of it; ends with nginx
#   /etc/nginx/examples/start.sh go-services services    keys and services, for an nginx that runs elsewhere
#
# Needs:  nginx with njs, openssl, Node 22.18 or later (see strip-types.mjs on Debian's own)
set -eu
example=$1 part=${2:-}
examples=$(cd "$(dirname "$0")" && pwd)
cd "$examples/$example"

if [ -f keys.sh ]; then
    # Of root, readable by the workers ("user www-data;" in nginx.conf), and by nobody else.
    umask 027
    mkdir -p /etc/nginx/keys
    . ./keys.sh
    chgrp -R www-data /etc/nginx/keys
    umask 022
fi

for service in services/*.ts; do
    node --disable-warning=ExperimentalWarning --import "$examples/strip-types.mjs" "$service" &
done

if [ "$part" = services ]; then
    wait
    exit
fi

# nginx.conf starts on every njs. QuickJS is the faster engine where there is one.
conf=/tmp/$example.conf
sed 's/# js_engine qjs;/js_engine qjs;/' nginx.conf >"$conf"
nginx -t -q -c "$conf" 2>/dev/null || cp nginx.conf "$conf"
exec nginx -c "$conf" -g 'daemon off;'
