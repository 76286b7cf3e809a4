import type { Nginx } from './nginx.ts';

/** A worker process. */
export interface Worker {
  readonly pid: number;
  /**
   * Resident memory of its own in kB: without the shared zones, which have a size of their own and
   * count for each worker as it comes to touch them.
   */
  readonly rss: number;
  /** Open file descriptors. */
  readonly files: number;
}

/**
 * Looks at the workers of a running nginx, by the names that they give themselves: one that is
 * leaving after a reload is not among them.
 *
 * @param nginx the nginx
 */
export async function readWorkers(nginx: Pick<Nginx, 'exec'>): Promise<Worker[]> {
  const output = await nginx.exec(`
    for dir in /proc/[0-9]*; do
      if tr '\\0' ' ' <$dir/cmdline | grep -q '^nginx: worker process *$'; then
        echo "\${dir#/proc/} $(awk '/^RssAnon:/ { print $2 }' $dir/status) $(ls $dir/fd | wc -l)"
      fi
    done 2>/dev/null`);
  return output
    .trim()
    .split('\n')
    .map((line) => {
      const [pid = 0, rss = 0, files = 0] = line.split(' ').map(Number);
      return { pid, rss, files };
    })
    .sort((one, other) => one.pid - other.pid);
}
