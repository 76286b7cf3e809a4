#!/bin/sh
# Counts the instructions of nginx in user space for each request, under valgrind: hot, warm and unseen.
# Prints a line for each: its name, and how many.
#
#   instructions.sh NAME URL
set -eu
name=$1
url=$2
out=/tmp/$name.callgrind

valgrind --tool=callgrind --callgrind-out-file="$out" \
    nginx -c "/bench/$name.conf" -g 'daemon off; master_process off;' >"$out.log" 2>&1 &
nginx=$!
for _ in $(seq 300); do
    [ ! -s "/tmp/$name.pid" ] || break
    kill -0 "$nginx"
    sleep 0.1
done

# One connection: what is under way when the counting ends is one request at most.
load() {
    wrk -t1 -c1 -d"$1" --timeout=30s -s/bench/load.lua "$url" -- /bench/tokens.txt "$2" "$3" "$4" |
        sed -n 's/^RESULT {"requests":\([0-9]*\),.*"refused":0,"errors":0,.*/\1/p'
}

dumps=0
count() {
    callgrind_control --zero "$nginx" >/dev/null 2>&1
    requests=$(load "$2" "$3" "$4" "$5")
    callgrind_control --dump "$nginx" >/dev/null 2>&1
    dumps=$((dumps + 1))
    awk -v name="$1" -v requests="$requests" \
        '/^(summary|totals):/ { sum = $2 } END { printf "%s %.0f\n", name, sum / requests }' "$out.$dumps"
}

load 300s 1 300 once >/dev/null
load 300s 1 300 once >/dev/null
count warm 300s 1 300 once
count unseen 300s 301 300 once
load 1s 0 1 cycle >/dev/null
count hot 2s 0 1 cycle
kill "$nginx"
wait "$nginx" || true
