// What http {} and server {} hand down to a location changes no verdict, and nothing that a service is sent. Each line
// of test/support/inherited.ts is set at both levels, above a gateway that has every internal location there is.

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { send } from '../support/client.ts';
import { type Difference, INHERITED, type Inherited, type Variant } from '../support/inherited.ts';
import {
  type Outcome,
  STRANGER,
  startWorld,
  visit,
  type World,
  writeGateway,
} from '../support/inherited-world.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type Door, RUNTIMES, type Runtime } from '../support/runtimes.ts';
import { runInImage } from '../support/throwaway.ts';

/** A gateway to visit. Those of one port share an `http {}`. */
interface Case {
  readonly name: string;
  readonly port: number;
  readonly row?: Inherited;
  readonly variant?: Variant;
  readonly level?: 'http' | 'server';
}

const FIRST_PORT = 8081;
const SERVERS_IN_ONE_HTTP = 12;

const isOlder = (version: string, than: string) =>
  version.localeCompare(than, undefined, { numeric: true }) < 0;

function nginxVersion({ image }: Runtime): string {
  return /nginx\/([\d.]+)/.exec(runInImage(image, 'nginx -v 2>&1'))?.[1] ?? '';
}

/** The cases of a runtime, each `http {}` with a port of its own. */
function casesOf(version: string): Case[] {
  const all = INHERITED.flatMap((row) => row.variants.map((variant) => ({ row, variant }))).filter(
    ({ variant: { since = '0' } }) => !isOlder(version, since),
  );
  const inHttp = merge(all.filter(({ variant }) => variant.only !== 'server'));
  const inServer = all.filter(({ variant }) => variant.only !== 'http');
  return [
    { name: 'without', port: 8080 },
    ...inHttp.map((each, index) => ({
      ...each,
      level: 'http' as const,
      name: `http${index}x`,
      port: FIRST_PORT + index,
    })),
    ...inServer.map((each, index) => ({
      ...each,
      level: 'server' as const,
      name: `server${index}x`,
      port: FIRST_PORT + inHttp.length + Math.floor(index / SERVERS_IN_ONE_HTTP),
    })),
  ];
}

interface Line {
  readonly row: Inherited;
  readonly variant: Variant;
}

/**
 * Lines that may change nothing share an `http {}`, as long as no directive is in two of them; a `server {}` is cheap, and there each
 * has its own.
 */
function merge(lines: readonly Line[]): Line[] {
  const shared: Line[] = [];
  const alone: Line[] = [];
  for (const line of lines) {
    const names = namesIn(line.variant.lines);
    const at = shared.findIndex(
      ({ variant }) => !namesIn(variant.lines).some((name) => names.includes(name)),
    );
    if (line.row.differences || line.row.directives.includes('error_page')) {
      alone.push(line);
    } else if (at < 0) {
      shared.push(line);
    } else {
      const { row, variant } = shared[at] as Line;
      const joined = {
        lines: `${variant.lines} ${line.variant.lines}`,
        http: `${variant.http ?? ''} ${line.variant.http ?? ''}`,
      };
      shared[at] = { row, variant: joined };
    }
  }
  return [...alone, ...shared];
}

function namesIn(lines: string): string[] {
  return [...lines.matchAll(/(?:^|[;{}])\s*(\w+)/g)].map(([, name = '']) => name);
}

function writeHttp(runtime: Runtime, cases: readonly Case[], address: string): string {
  const parts = cases.map(({ name, port, variant, level }) => {
    const { lines = '', http = level ? '' : STRANGER } = variant ?? {};
    const named = (text: string) => text.replaceAll('NAME', name);
    const gateway = { name, listen: port, lines: level === 'server' ? named(lines) : '' };
    return `${named(http)} ${level === 'http' ? named(lines) : ''}
      ${writeGateway(gateway, runtime.doors, address)}`;
  });
  return configure(runtime, `server_names_hash_bucket_size 128; ${parts.join('\n')}`).replace(
    'events {}',
    `pid /tmp/nginx-${cases[0]?.port}.pid; events {}`,
  );
}

describe.each(RUNTIMES)('$name', (runtime) => {
  const cases = casesOf(nginxVersion(runtime));
  const ports = [...new Set(cases.map(({ port }) => port))];
  const outcomes = new Map<string, Outcome[]>();
  let world: World;
  let nginx: Nginx;

  const keyOf = (name: string, door: Door) => `${name} ${door}`;

  beforeAll(async () => {
    world = await startWorld(runtime);
    const confs = ports.map((port) =>
      writeHttp(
        runtime,
        cases.filter((each) => each.port === port),
        world.address,
      ),
    );
    const [main = '', ...others] = confs;
    const files = Object.fromEntries(
      others.map((conf, index) => [`/etc/nginx/inherited/${index}.conf`, conf]),
    );
    nginx = await startNginx(
      runtime,
      main,
      { ...world.files, ...files },
      'for conf in /etc/nginx/inherited/*.conf; do nginx -c $conf || exit 1; done',
      ports,
    );
    // The main one starts last, and not at all where another has a fault.
    await vi
      .waitFor(() => send(nginx, { path: '/_nothing' }), { timeout: 20_000 })
      .catch(() => {
        throw new Error(`nginx did not start: ${nginx.log().trimEnd().split('\n').at(-1)}`);
      });
    const waiting = [...cases];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { name } = next;
        const port = nginx.container.getMappedPort(next.port);
        for (const door of runtime.doors) {
          outcomes.set(keyOf(name, door), await visit({ name, port }, door, world));
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  describe.each(runtime.doors)('%s', (door) => {
    test('without any such line every verdict is what it should be', () => {
      const verdicts = (outcomes.get(keyOf('without', door)) ?? []).map(
        ({ what, status, answer }) => [what, status, /"reason":"(\w+)"/.exec(answer)?.[1] ?? ''],
      );
      expect(verdicts).toEqual([
        ['a good token', 200, ''],
        ['a forged token', 401, 'unknown_key'],
        ['a good token with a body', 200, ''],
        ['a forged token with a body', 401, 'unknown_key'],
        ['no token', 401, 'empty_token'],
        ['an expired token', 401, 'not_active'],
        ['a revoked token', 401, 'revoked'],
        ['a token without the scope', 403, 'no_roles'],
        ['a good opaque token', 200, ''],
        ['an invented opaque token', 401, 'not_active'],
        ['a good token without keys', 500, 'keys_unavailable'],
        ['a good token, with keys that point to a page of the site', 200, ''],
        ['a forged token, with keys that point to a page of the site', 401, 'unknown_key'],
        ['a forged token, with keys of whoever stands between', 500, 'keys_unavailable'],
        ['login user=alice', 200, ''],
        ['login user=bob', 401, ''],
        ['login down', 500, ''],
      ]);
    });

    test.each(
      cases.flatMap(({ row, variant, level, name }) =>
        row && variant ? [{ row, variant, level, name, lines: variant.lines }] : [],
      ),
    )('$lines in $level {}', ({ row, name }) => {
      const seen = outcomes.get(keyOf(name, door)) ?? [];
      const wanted = outcomes.get(keyOf('without', door)) ?? [];
      expectNoMore(seen, wanted);
      if (!row.differences?.includes('refuses')) {
        expect(viewOf(seen, row)).toEqual(viewOf(wanted, row));
      }
    });
  });
});

/** What must be the same, as far as the row does not say otherwise. */
function viewOf(outcomes: readonly Outcome[], { differences = [] }: Inherited) {
  const may = (difference: Difference) => differences.includes(difference);
  const compared = outcomes.filter(({ what }) => !(may('login') && what.startsWith('login')));
  return compared.map(({ what, status, answer, sent }) => {
    const isRefused = status >= 400;
    const requests = sent
      .filter((request) => !(may('upstream') && isFor(request, 'orders')))
      .map((request) =>
        may('version')
          ? request.replace(/HTTP\/1\.\d/, 'HTTP').replace(/\nConnection:.*/, '')
          : request,
      );
    return {
      what,
      status: may('statuses') && isRefused ? 'refused' : status,
      answer: may('answers') || may('statuses') ? '' : answer,
      sent: may('more') ? requests.filter((request) => isFor(request, 'orders')) : requests,
    };
  });
}

const isFor = (request: string, service: string) =>
  request.split(/[ ?]/)[1] === `/GATEWAY/${service}`;

/** Nobody passes who does not pass without the line, and of those who do nothing is asked but what is asked then. */
function expectNoMore(seen: readonly Outcome[], wanted: readonly Outcome[]) {
  const passing = (outcomes: readonly Outcome[]) =>
    outcomes.filter(({ status }) => status < 400).map(({ what }) => what);
  expect(passing(wanted)).toEqual(expect.arrayContaining(passing(seen)));
}
