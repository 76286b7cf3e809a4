import { bearer, send } from '../support/client.ts';
import { configure, type Nginx, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import type { Runtime } from '../support/runtimes.ts';
import { readWorkers, type Worker } from '../support/workers.ts';
import { PROTOCOLS } from './channel.ts';
import { emptyTally, runClient, type Tally } from './client.ts';
import { type Flapping, startFlapping } from './flapping.ts';
import { type Pulse, startPulse } from './pulse.ts';
import { type Material, makeMaterial, POLICIES } from './questions.ts';

/** How long and how hard. */
export interface SoakOptions {
  readonly runtime: Runtime;
  /** How long the clients ask, in seconds: half of it with reloads, the other half without. */
  readonly seconds: number;
  /** Connections in all. */
  readonly connections: number;
  /** Seconds between two reloads. */
  readonly reloadEvery: number;
}

/** What came of it. */
export interface SoakOutcome {
  /** What was done, line by line. */
  readonly report: readonly string[];
  /** What was not as it should be; none: all is well. */
  readonly faults: readonly string[];
}

const WORKERS = 2;

/**
 * Contexts of QuickJS that each location keeps for reuse, so that their number is reached while the workers warm
 * up. With nginx's 128 it grows with each burst of requests that wait at once, some 0.5 MB each.
 */
const CONTEXTS = 8;

/** How often the workers are looked at after their warm-up. */
const SAMPLES = 8;

/** Of the connections, the share whose requests may wait for a source that fails. */
const UNSTEADY_SHARE = 0.2;

/** Longest pause of a client between two requests, and the share of requests that it does not wait for. */
const PAUSE = 240;
const ABORTS = 0.02;

/** How long a source that was held up is felt: its failure is remembered, and a lock may hang. In milliseconds. */
const FELT = 5500;

/** How many seconds old workers may take to leave when all clients have gone. */
const LEAVING_PATIENCE = 15;

/** How long after the last worker has left the end of a connection may be noticed, in milliseconds. */
const LEAVING = 3000;

/**
 * What each worker may gain in kB from the end of its warm-up to the end. When a source is held up, requests wait
 * at once, and each wants a context of its own: a burst that is larger than those before makes a worker larger,
 * some 0.5 MB for each, and what it took is not given back.
 */
const MAX_GROWTH_KB = 65_536;

/**
 * What it may gain by and by, in a soak that is long enough to tell: the median of what it gains from one look to
 * the next, which no burst moves, as if it were that each time.
 */
const MAX_STEADY_GROWTH_KB = 16_384;
const STEADY_SECONDS = 120;

/** Descriptors that a worker may have more, when all clients have gone, than when none had come: kept upstreams. */
const MAX_MORE_FILES = 8;

/** Lines that must not be there; of 0.8.9 one is known, for it makes room in a zone with a cry. */
const ALARM = /\[(?:alert|crit|emerg)\]|on signal|stale global SSL error|generic_error|unhandled/;
const KNOWN_IN_0_8_9 = /\[crit\].*ngx_slab_alloc\(\) failed: no memory/;

const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * Loads an nginx with all there is at once, good and bad, while it is reloaded and its sources fail, and holds
 * every answer against the one that is right.
 *
 * @param options how long and how hard
 */
export async function soak(options: SoakOptions): Promise<SoakOutcome> {
  const { runtime, seconds } = options;
  const material = await makeMaterial(seconds);
  await using source = await startFlapping(material.jwks, material.introspect);
  await using nginx = await start(runtime, material, source.url);
  const ports = { plain: nginx.port, tls: nginx.container.getMappedPort(8443) };
  const idle = await readWorkers(nginx);
  await fetchKeys(nginx, runtime, material);
  const tally = emptyTally();
  const pulse = startPulse();
  const reloads: number[] = [];
  const end = Date.now() + seconds * 1000;
  const isOver = () => Date.now() >= end;
  let settled = 0;
  /** Whether no worker is left that has been told to leave: until then any idle connection may end. */
  const haveLeft = () => exitsIn(nginx.log()).length >= WORKERS * reloads.length;
  const watch = setInterval(() => {
    settled = haveLeft() ? settled : Date.now();
  }, 500);
  const clients = Array.from({ length: options.connections }, (_, index) => {
    const isUnsteady =
      Math.floor(index * UNSTEADY_SHARE) < Math.floor((index + 1) * UNSTEADY_SHARE);
    const door = runtime.doors[index % runtime.doors.length] as (typeof runtime.doors)[number];
    return runClient(
      {
        protocol: PROTOCOLS[Math.floor(index / 2) % PROTOCOLS.length] as (typeof PROTOCOLS)[number],
        ports,
        pause: PAUSE,
        aborts: ABORTS,
        next: async () => {
          if (isOver()) {
            return undefined;
          }
          return isUnsteady ? material.unsteady(door, source) : material.steady(door);
        },
        mayHaveClosed: (since) => !haveLeft() || settled + LEAVING > since,
        noteDelay: pulse.note,
        wereSourcesHeldUp: (since) => pulse.wasHeldUp(since - FELT),
      },
      tally,
    );
  });
  source.start();

  const churned = await churn(nginx, options, end, reloads);
  // The last workers have the second half for themselves: half of it to warm up, then they are measured.
  await sleep(Math.max(0, end - (seconds * 1000) / 4 - Date.now()));
  while (!haveLeft() && Date.now() < end - 5000) {
    await sleep(500);
  }
  const measured = [await readWorkers(nginx)];
  for (let left = SAMPLES; left > 0; left -= 1) {
    await sleep(Math.max(0, (end - 500 - Date.now()) / left));
    measured.push(await readWorkers(nginx));
  }
  const [warm = []] = measured;
  const last = measured[measured.length - 1] ?? [];
  await Promise.all(clients);
  pulse.stop();
  clearInterval(watch);
  for (let left = LEAVING_PATIENCE; left > 0; left -= 1) {
    await sleep(1000);
    if (haveLeft() && left < LEAVING_PATIENCE) {
      break;
    }
  }
  const after = await readWorkers(nginx);
  const log = nginx.log();
  return {
    report: [
      ...describe(options, tally, reloads.length, source, pulse, {
        idle,
        churned,
        measured,
        after,
      }),
      ...summarize(log),
    ],
    faults: [
      ...tally.faults,
      ...faultsOfLog(runtime, log, reloads.length),
      ...faultsOfWorkers('between the reloads', churned[1], churned[churned.length - 1]),
      ...faultsOfWorkers('from the warm-up to the end', warm, last),
      ...(seconds < STEADY_SECONDS ? [] : faultsOfSteadyGrowth(measured)),
      ...(last.length === WORKERS ? [] : [`${last.length} workers at the end`]),
      ...(samePids(warm, last) && samePids(last, after) ? [] : ['a worker has been replaced']),
      ...after.flatMap(({ files }, index) => {
        const before = idle[index]?.files ?? 0;
        const left = files - before;
        return left > MAX_MORE_FILES ? [`${left} descriptors are left when all have gone`] : [];
      }),
      ...(Object.keys(tally.kinds).length === 0 ? ['nothing was answered'] : []),
    ],
  };
}

/** From then on there is a set at hand, whatever becomes of its source. */
async function fetchKeys(nginx: Nginx, { doors }: Runtime, { issuer }: Material): Promise<void> {
  const headers = bearer(await issuer.sign('ES256'));
  for (const door of doors) {
    const { status } = await send(nginx, { path: `/${door}/live`, headers });
    if (status !== 200) {
      throw new Error(`the keys could not be fetched: ${status}`);
    }
  }
}

/** Reloads in the first half, and looks at the workers just before each. */
async function churn(
  nginx: Nginx,
  { seconds, reloadEvery }: SoakOptions,
  end: number,
  reloads: number[],
): Promise<Worker[][]> {
  const seen: Worker[][] = [];
  const stop = end - (seconds * 1000) / 2;
  for (;;) {
    await sleep(reloadEvery * 1000);
    if (Date.now() >= stop) {
      return seen;
    }
    seen.push(await readWorkers(nginx));
    reloads.push(Date.now());
    await nginx.exec('kill -HUP 1');
  }
}

function faultsOfLog(runtime: Runtime, log: string, reloads: number): string[] {
  const lines = log.split('\n');
  const isKnown = (line: string) => runtime.name.startsWith('trixie') && KNOWN_IN_0_8_9.test(line);
  const alarms = lines.filter((line) => ALARM.test(line) && !isKnown(line));
  const exits = exitsIn(log);
  const bad = exits.filter((line) => !line.endsWith('exited with code 0'));
  return [
    ...alarms.slice(0, 20),
    ...bad,
    ...(exits.length === WORKERS * reloads
      ? []
      : [`${exits.length} workers have left after ${reloads} reloads, not ${WORKERS * reloads}`]),
  ];
}

function exitsIn(log: string): string[] {
  return log.split('\n').filter((line) => /worker process \d+ exited with code/.test(line));
}

/** What the error log has above "notice", how often, without what differs from line to line. */
function summarize(log: string): string[] {
  const counts = new Map<string, number>();
  for (const line of log.split('\n')) {
    const [, level, text = ''] = /\[(warn|error|crit|alert)\] (.*)/.exec(line) ?? [];
    if (level !== undefined) {
      const [what = ''] = text.replace(/^[\d#]+: (?:\*\d+ )?/, '').split(', client:');
      const name = `[${level}] ${what.slice(0, 120)}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return [...counts].map(([name, count]) => `log: ${count} × ${name}`);
}

function faultsOfWorkers(
  when: string,
  before: readonly Worker[] | undefined,
  after: readonly Worker[] | undefined,
): string[] {
  if (before === undefined || after === undefined) {
    return [];
  }
  const growth =
    Math.max(...after.map(({ rss }) => rss)) - Math.max(...before.map(({ rss }) => rss));
  return [...(growth > MAX_GROWTH_KB ? [`a worker has grown by ${growth} kB ${when}`] : [])];
}

function faultsOfSteadyGrowth(samples: readonly (readonly Worker[])[]): string[] {
  const sizes = samples.map((workers) => Math.max(...workers.map(({ rss }) => rss)));
  const steps = sizes.slice(1).map((size, index) => size - (sizes[index] ?? size));
  const median = steps.sort((one, other) => one - other)[Math.floor(steps.length / 2)] ?? 0;
  const growth = median * steps.length;
  return growth > MAX_STEADY_GROWTH_KB
    ? [`a worker grows steadily, by some ${growth} kB from the warm-up to the end`]
    : [];
}

function samePids(one: readonly Worker[], other: readonly Worker[]): boolean {
  const pids = (workers: readonly Worker[]) => workers.map(({ pid }) => pid).join(' ');
  return pids(one) === pids(other);
}

interface Sightings {
  readonly idle: readonly Worker[];
  readonly churned: readonly (readonly Worker[])[];
  readonly measured: readonly (readonly Worker[])[];
  readonly after: readonly Worker[];
}

function describe(
  { runtime, seconds, connections }: SoakOptions,
  tally: Tally,
  reloads: number,
  source: Flapping,
  pulse: Pulse,
  { idle, churned, measured, after }: Sightings,
): string[] {
  const all = Object.values(tally.kinds).reduce((total, count) => total + count, 0);
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .sort(([, one], [, other]) => other - one)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const show = (workers: readonly Worker[] | undefined) =>
    workers?.map(({ rss, files }) => `${rss} kB, ${files} files`).join(' | ') ?? 'not seen';
  return [
    `soak of ${runtime.name}: ${seconds} s, ${connections} connections, ${WORKERS} workers`,
    `${all} right answers (${Math.round(all / seconds)}/s), of which ${tally.undecided} at a change; ` +
      `${tally.aborted} aborted, ${tally.resent} sent again, ${tally.faults.length} wrong`,
    `by protocol: ${list(tally.protocols)}`,
    `by kind: ${list(tally.kinds)}`,
    `by verdict: ${list(tally.verdicts)}`,
    `${reloads} reloads; the key source went or came ${source.changes} times`,
    `nothing was held up by the machine for more than ${pulse.longest} ms`,
    `workers when idle:        ${show(idle)}`,
    ...churned.map((workers, index) => `before reload ${index + 1}:          ${show(workers)}`),
    ...measured.map(
      (workers, index) => `after the warm-up, ${index}/${SAMPLES}:   ${show(workers)}`,
    ),
    `when all have gone:       ${show(after)}`,
  ];
}

const MAKE_CERTIFICATE =
  'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost ' +
  '-keyout /tls.key -out /tls.crt 2>/dev/null';

function start(runtime: Runtime, material: Material, source: string): Promise<Nginx> {
  const locations = runtime.doors.flatMap((door) =>
    Object.entries(POLICIES).map(([name, settings]) =>
      protect(door, {
        path: `/${door}/${name}`,
        settings: { '': 'soak', issuer: 'https://idp.example.com/', ...settings },
        inside: `default_type text/plain; alias /srv/index.html;
          add_header X-Who "$jwt_claim_sub|$auth_jwt_consumer_username";`,
      }),
    ),
  );
  const keys = { _live: '/keys/live', _brief: '/keys/brief', _never: '/never' };
  const http = `${runtime.engine === 'qjs' ? `js_context_reuse ${CONTEXTS};` : ''}
    large_client_header_buffers 4 32k;
    keepalive_requests 10000000; keepalive_timeout 1h;
    server { listen 8080; listen 8443 ssl; http2 on;
      ssl_certificate /tls.crt; ssl_certificate_key /tls.key;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      ${Object.entries(keys)
        .map(
          ([name, path]) => `location = /${name} {
            include /etc/nginx/auth_jwt/auth_jwt_jwks.conf; proxy_pass ${source}${path}; }`,
        )
        .join('\n')}
      location = /_introspect {
        include /etc/nginx/auth_jwt/auth_jwt_introspection.conf; proxy_pass ${source}/introspect; }
      ${locations.join('\n')} }`;
  const conf = configure(runtime, http)
    .replace('worker_processes 1', `worker_processes ${WORKERS}`)
    .replace('events {}', 'events { worker_connections 4096; }')
    // Each refusal is a line at "info".
    .replace('stderr info', 'stderr notice');
  return startNginx(
    runtime,
    conf,
    { ...material.files, '/srv/index.html': 'PROTECTED' },
    MAKE_CERTIFICATE,
    [8080, 8443],
  );
}
