#!/bin/sh
# Starts the nginx of a contender and prints the ids of its processes, the worker first.
#
#   start.sh NAME
set -eu
nginx -c "/bench/$1.conf"

# A process that has just been started still bears the name of the master.
is_ready() {
    master=$(cat "/tmp/$1.pid" 2>/dev/null || true)
    [ -n "$master" ] && worker=$(pgrep -P "$master" -f 'worker process') &&
        ! pgrep -P "$master" -f 'master process' >/dev/null
}

for _ in $(seq 100); do
    if is_ready "$1"; then
        echo "$worker"
        echo "$master"
        # The cache loader is left out: it ends after a minute, having done nothing here.
        pgrep -P "$master" -f 'cache manager' || true
        exit 0
    fi
    sleep 0.05
done
echo "nginx of $1 has no worker" >&2
exit 1
