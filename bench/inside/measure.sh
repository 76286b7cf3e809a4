#!/bin/sh
# Runs a load and prints what it cost: CPU time of the given processes in nanoseconds before and after,
# and their memory in kB: all that is resident, and what of it is shared with other processes.
#
#   measure.sh "PID ..." COMMAND ...
set -eu
pids=$1
shift

# Time on a core as the scheduler counts it, of all threads.
cpu() {
    for pid in $pids; do cat "/proc/$pid"/task/*/schedstat; done | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

echo "BEFORE $(cpu)"
"$@"
echo "AFTER $(cpu)"
for pid in $pids; do
    awk '/^VmRSS/ { all = $2 } /^RssShmem/ { shared = $2 } END { print "MEMORY", all, shared }' "/proc/$pid/status"
done
