#!/bin/sh
# Starts the nginx of a contender and prints the ids of its processes, the worker first.
#
#   start.sh NAME
set -eu
nginx -c "/bench/$1.conf"
for _ in $(seq 100); do
    master=$(cat "/tmp/$1.pid" 2>/dev/null || true)
    # The name of a process is "nginx: worker process" from the moment it serves.
    if [ -n "$master" ] && worker=$(pgrep -P "$master" -f 'worker process'); then
        echo "$worker"
        echo "$master"
        pgrep -P "$master" | grep -vx "$worker" || true
        exit 0
    fi
    sleep 0.05
done
echo "nginx of $1 has no worker" >&2
exit 1
