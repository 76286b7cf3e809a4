// Whatever the converter makes of a file: what Kong protects is protected in nginx, by the same policy, and what Kong
// routes nowhere gets to no service. Both are models: see test/support/kong-routers.ts and nginx-choice.ts.
// PROPERTY_RUNS says how many files are tried.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { convertRead } from '../../../../build/from-kong/convert.mjs';
import { KongError } from '../../../../build/from-kong/findings.mjs';
import { CONSUMERS_PATH } from '../../../support/kong.ts';
import {
  type KongRoute,
  type KongRequest as Request,
  type Router,
  routerOf,
} from '../../../support/kong-routers.ts';
import { nginxOf, type Outcome } from '../../../support/nginx-choice.ts';

const RUNS = Number(process.env.PROPERTY_RUNS || 6000);

/** Of each of the three tests; a file takes about 5 ms. */
const TIMEOUT = Math.max(60_000, RUNS * 20);

const ROUTERS: readonly Router[] = ['traditional', 'traditional_compatible'];

interface Plugin {
  readonly name: string;
  readonly enabled: boolean;
  readonly config?: object;
}

interface Service {
  readonly name: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly plugins: readonly Plugin[];
}

interface Route extends KongRoute {
  readonly plugins: readonly Plugin[];
}

interface File {
  readonly services: readonly Service[];
  readonly routes: readonly Route[];
  readonly plugins: readonly (Plugin & { readonly route?: string; readonly service?: string })[];
}

/** Few words, so that they meet. */
const HOSTS = ['a.example', 'x.b.example', 'b.example', '*.example', '*.b.example'];
const PREFIXES = ['/', '/a', '/a/b', '/a/b/c', '/b', '/ab', '/a/', '/a/.*'];
const PATTERNS = [
  ...['~/a', '~/a/.*', '~/a/b$', '~/.*', '~/a/[^/]+/c', '~/(?:a|b)/c', '~/b|/a', '~/x|^/a/b'],
  ...['~/a/\\d+', '~/a/.', '~/a/[^?]+/c', '~/(a)?b', '~/b/.*', '~/ab?', '~/b(/.*)?$', '~/a/.*0'],
];
/** Those that let everything pass, and those that do not: of ours, of Kong, of somebody. */
const PASSING = ['rate-limiting', 'cors', 'file-log'];
const REFUSING = [
  ...['key-auth', 'aws-lambda', 'azure-functions', 'request-termination', 'request-transformer'],
  ...['grpc-web', 'mocking', 'our-own', 'redirect'],
];

const often = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>, times = 4) =>
  fc.oneof({ weight: times, arbitrary: usual }, { weight: 1, arbitrary: rare });

const nothing = fc.constant(undefined);

/** Kong does not take an empty list for none. */
const someOf = <T>(values: fc.Arbitrary<T>, times: number) =>
  fc.oneof(
    { weight: times * 4, arbitrary: fc.uniqueArray(values, { minLength: 1, maxLength: 2 }) },
    { weight: 12, arbitrary: nothing },
    { weight: 1, arbitrary: fc.constant([]) },
  );

const enabled = often(fc.constant(true), fc.constant(false), 9);

const jwt = fc.record({
  name: fc.constant('jwt'),
  enabled,
  config: fc.record({ realm: often(fc.constant('one'), fc.constant('two')) }),
});

const other = fc.record({ name: fc.constantFrom(...PASSING, ...REFUSING), enabled });

const plugins = (times: number) =>
  often<Plugin[]>(
    fc.constant([]),
    fc.uniqueArray(often<Plugin>(jwt, other, 9), { maxLength: 2, selector: ({ name }) => name }),
    times,
  );

const paths = often(fc.constantFrom(...PREFIXES), fc.constantFrom(...PATTERNS), 1);

const routes = fc
  .array(
    fc.record({
      service: often(fc.constant('s0'), fc.constant('s1')),
      hosts: someOf(fc.constantFrom(...HOSTS), 4),
      paths: someOf(paths, 9),
      methods: someOf(fc.constantFrom('GET', 'POST'), 1),
      headers: often(nothing, fc.constant({ 'x-a': ['1'] }), 9),
      regex_priority: often(fc.constant(0), fc.constantFrom(1, 2), 2),
      plugins: plugins(1),
    }),
    { minLength: 2, maxLength: 5 },
  )
  .map((all): Route[] => all.map((route, at) => ({ name: `r${at}`, ...route }) as Route));

const services = fc.tuple(plugins(1), plugins(1), enabled).map(([one, two, isOn]): Service[] => [
  { name: 's0', url: 'http://zero.example/', enabled: true, plugins: one },
  { name: 's1', url: 'http://one.example/v1', enabled: isOn, plugins: two },
]);

const flat = fc.record(
  {
    plugin: often<Plugin>(jwt, other),
    route: fc.constantFrom('r0', 'r1'),
    service: fc.constantFrom('s0', 's1'),
  },
  { requiredKeys: ['plugin'] },
);

const files = fc
  .record({ services, routes, flat: fc.array(flat, { maxLength: 1 }) })
  .map(({ flat: all, ...file }): File => {
    const names = file.routes.map(({ name }) => name);
    const plugins = all
      .filter(({ route }) => route === undefined || names.includes(route))
      .map(({ plugin, ...bound }) => ({ ...plugin, ...bound }));
    return { ...file, plugins };
  });

const SEGMENTS = ['a', 'b', 'c', 'ab', 'x', '1', '10', ' ', '?', 'ü', ''];

const requests = fc.array(
  fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    host: fc.constantFrom(
      ...['a', 'b', 'x.b', 'y.b', 'c'].map((name) => `${name}.example`),
      'other',
    ),
    path: fc.oneof(
      fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/b', '/ab', '/x/b', '/x/a/b', '/a/ ', '/a/ /c'),
      fc
        .array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 3 })
        .map((all) => `/${all.join('/')}`.replace(/\/+/g, '/')),
    ),
    headers: often(fc.constant({}), fc.constant({ 'x-a': '1' })),
  }),
  { minLength: 12, maxLength: 12 },
);

/** What Kong makes of a path: versions before 3 leave all escapes in it, later ones those that mean something. */
const ESCAPES: readonly ((path: string) => string)[] = [
  (path) => encodeURI(path).replaceAll('?', '%3F'),
  (path) => path.replaceAll('?', '%3F'),
];

/** Whether Kong lets everything pass, nothing, or what a jwt plugin of this realm lets pass. */
type Guard = 'open' | 'closed' | { readonly realm: string };

/** Of each name the plugin that is bound most closely counts, if it is switched on. */
function guardOf({ services: all, plugins: flatOnes }: File, route: Route): Guard {
  const service = all.find(({ name }) => name === route.service);
  const isFor = (at: { route?: string; service?: string }) => (plugin: File['plugins'][number]) =>
    plugin.route === at.route && plugin.service === at.service;
  const places: readonly (readonly Plugin[])[] = [
    flatOnes.filter(isFor({ route: route.name, service: route.service })),
    [...route.plugins, ...flatOnes.filter(isFor({ route: route.name }))],
    [...(service?.plugins ?? []), ...flatOnes.filter(isFor({ service: route.service }))],
    flatOnes.filter(isFor({})),
  ];
  const active = places.flat().filter((plugin) => plugin.enabled);
  if (active.some(({ name }) => REFUSING.includes(name))) {
    return 'closed';
  }
  const config = active.find(({ name }) => name === 'jwt')?.config;
  return config === undefined ? 'open' : (config as { realm: string });
}

const isRight = (guard: Guard | undefined, outcome: Outcome): boolean =>
  outcome.kind !== 'service' ||
  guard === 'open' ||
  (typeof guard === 'object' && outcome.policy?.split('\n')[0] === `$auth_jwt ${guard.realm}`);

function convertFile(file: File, router: Router | undefined): string | undefined {
  try {
    const root = { _format_version: '3.0', ...file, consumers: [{ username: 'x', id: 'x' }] };
    return convertRead(
      { root, lineOf: () => 1 },
      {
        consumersPath: CONSUMERS_PATH,
        listen: '8080',
        door: 'validateJwt',
        ...(router && { router }),
      },
      { id: () => 'x', text: () => 'x' },
    ).conf;
  } catch (error) {
    expect(error).toBeInstanceOf(KongError);
    return undefined;
  }
}

/** What has been seen: of files, and of requests as one of the routers takes them. */
interface Seen {
  files: number;
  guarded: number;
  open: number;
  nowhere: number;
}

/** Where Kong takes each request: of routes that rank alike it tries either first. */
function routeAll(
  { services: all, routes: some }: File,
  router: Router,
  asked: readonly Request[],
) {
  const active = some.filter(({ service }) =>
    all.some(({ name, enabled: isOn }) => name === service && isOn),
  );
  return [active, [...active].reverse()].flatMap((ordered) => {
    const choose = routerOf(router, ordered);
    return asked.flatMap((request) =>
      [...new Set(ESCAPES.map((write) => write(request.path)))].map((path) => {
        return { request, route: choose({ ...request, path }) as Route | undefined };
      }),
    );
  });
}

/** @throws where a request gets further in nginx than in Kong */
function check(file: File, conf: string, router: Router, asked: readonly Request[], seen: Seen) {
  const nginx = nginxOf(conf);
  for (const { request, route } of routeAll(file, router, asked)) {
    const outcome = nginx(request);
    const guard = route && guardOf(file, route);
    seen.nowhere += Number(guard === undefined);
    seen.open += Number(guard === 'open' && outcome.kind === 'service');
    seen.guarded += Number(typeof guard === 'object' && outcome.kind === 'service');
    if (!isRight(guard, outcome)) {
      const [what, inKong, inNginx] = [request, guard, outcome].map((it) => JSON.stringify(it));
      const servers = conf.slice(conf.indexOf('\nserver {'));
      throw new Error(
        `${router}, ${what}: Kong ${route?.name} ${inKong}, nginx ${inNginx}\n${servers}`,
      );
    }
  }
}

describe.each([
  ['without --router', undefined, ROUTERS],
  ['--router traditional', 'traditional', ['traditional']],
  ['--router traditional_compatible', 'traditional_compatible', ['traditional_compatible']],
] as const)('%s', (_what, option, routers) => {
  test(
    'what Kong protects is protected, by the same policy; what it routes nowhere reaches no service',
    () => {
      const seen: Seen = { files: 0, guarded: 0, open: 0, nowhere: 0 };
      fc.assert(
        fc.property(files, requests, (file, all) => {
          const conf = convertFile(file, option);
          seen.files += Number(conf !== undefined);
          for (const router of conf === undefined ? [] : routers) {
            check(file, conf ?? '', router, all, seen);
          }
        }),
        { numRuns: Math.ceil(RUNS / 3) },
      );
      // Much is refused, for the routes of a file meet wherever they can. Enough is not.
      expect(seen.files).toBeGreaterThan(RUNS / 30);
      expect(Math.min(seen.guarded, seen.open, seen.nowhere)).toBeGreaterThan(RUNS / 10);
    },
    TIMEOUT,
  );
});
