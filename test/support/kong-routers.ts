// Which route Kong takes for a request, by each of its routers, as their sources have it (Kong 3.9:
// kong/router/traditional.lua, transform.lua, atc-router). Facts only: what is sorted by what, and what is tried.

export interface KongRoute {
  readonly name: string;
  readonly service: string;
  readonly hosts?: readonly string[];
  readonly paths?: readonly string[];
  readonly methods?: readonly string[];
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly regex_priority?: number;
}

export interface KongRequest {
  readonly method: string;
  readonly host: string;
  /** As Kong sees it: without dots, and with escapes only where they mean something. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Router = 'traditional' | 'traditional_compatible';

/** Takes a route, or none. */
export type Choose = (request: KongRequest) => KongRoute | undefined;

/** A path of a route: each is sorted on its own. */
interface Entry {
  readonly route: KongRoute;
  readonly isRegex: boolean;
  /** Without `~`. */
  readonly path: string | undefined;
  readonly pattern: RegExp | undefined;
  readonly criteria: number;
  readonly count: number;
  readonly plain: boolean;
}

const [HOST, HEADER, URI, METHOD] = [8, 4, 2, 1];

/**
 * Makes a router.
 *
 * @param routes in the order in which it tries those of one rank: the file does not say
 */
export function routerOf(router: Router, routes: readonly KongRoute[]): Choose {
  return router === 'traditional' ? traditional(routes) : compatible(routes);
}

function entriesOf(routes: readonly KongRoute[], router: Router): Entry[] {
  return routes.flatMap((route) => {
    const kinds = [
      route.hosts?.length ? HOST : 0,
      route.headers === undefined ? 0 : HEADER,
      route.paths?.length ? URI : 0,
      route.methods?.length ? METHOD : 0,
    ];
    const shared = {
      route,
      criteria: kinds.reduce((sum, kind) => sum + kind, 0),
      count: kinds.filter((kind) => kind > 0).length,
      plain: route.hosts?.every((host) => !host.includes('*')) ?? false,
    };
    // Kong does not take a route without criteria.
    const paths: readonly (string | undefined)[] = route.paths?.length ? route.paths : [undefined];
    return (shared.count === 0 ? [] : paths).map((text) => {
      const isRegex = text?.startsWith('~') ?? false;
      const path = isRegex ? text?.slice(1) : text;
      // One is held to the beginning by the engine, the other by a "^" in front of the text.
      const pattern =
        router === 'traditional' ? new RegExp(path ?? '', 'y') : new RegExp(`^${path}`);
      return { ...shared, isRegex, path, pattern: isRegex ? pattern : undefined };
    });
  });
}

const headersOf = ({ route }: Entry) => Object.keys(route.headers ?? {});
const priorityOf = ({ route, isRegex }: Entry) => (isRegex ? (route.regex_priority ?? 0) : 0);
const lengthOf = ({ isRegex, path }: Entry) => (isRegex ? 0 : (path?.length ?? 0));

function by(...keys: ((entry: Entry) => number)[]) {
  return (one: Entry, other: Entry) =>
    keys.map((key) => key(other) - key(one)).find((difference) => difference !== 0) ?? 0;
}

const matchesHost = (own: string, host: string) =>
  own.startsWith('*') ? host.endsWith(own.slice(1)) && host.length >= own.length : own === host;

function finds({ pattern }: Entry, path: string): boolean {
  if (pattern !== undefined) {
    pattern.lastIndex = 0;
  }
  return pattern?.test(path) ?? false;
}

function matchesOthers({ route }: Entry, { method, host, headers }: KongRequest): boolean {
  return (
    (!route.hosts?.length || route.hosts.some((own) => matchesHost(own, host))) &&
    (!route.methods?.length || route.methods.includes(method)) &&
    Object.entries(route.headers ?? {}).every(([name, values]) =>
      values.includes(headers[name] ?? ''),
    )
  );
}

/** One list, sorted by a number. */
function compatible(routes: readonly KongRoute[]): Choose {
  const sorted = entriesOf(routes, 'traditional_compatible').sort(
    by(
      ({ count }) => count,
      ({ plain }) => Number(plain),
      (entry) => headersOf(entry).length,
      ({ isRegex }) => Number(isRegex),
      priorityOf,
      lengthOf,
    ),
  );
  return (request) => sorted.find((entry) => matches(entry, request))?.route;

  function matches(entry: Entry, request: KongRequest): boolean {
    const isPath = entry.isRegex
      ? finds(entry, request.path)
      : request.path.startsWith(entry.path ?? '');
    return isPath && matchesOthers(entry, request);
  }
}

/** Lists by kinds of criteria. In each, those go first that an index names. */
function traditional(routes: readonly KongRoute[]): Choose {
  const sorted = entriesOf(routes, 'traditional').sort(
    by(
      ({ plain, isRegex }) => Number(plain) * 2 + Number(isRegex),
      (entry) => headersOf(entry).length,
      priorityOf,
      lengthOf,
    ),
  );
  const categories = [...new Set(sorted.map(({ criteria }) => criteria))]
    .map((criteria) => sorted.filter((entry) => entry.criteria === criteria))
    .sort(([one], [other]) =>
      one && other ? other.count - one.count || other.criteria - one.criteria : 0,
    );
  const hosts = sorted.flatMap(({ route }) => route.hosts ?? []);
  const plainHosts = new Set(hosts.filter((host) => !host.startsWith('*')));
  const wildHosts = hosts.filter((host) => host.startsWith('*'));
  const regexes = sorted.filter(({ isRegex }) => isRegex);
  const prefixes = sorted
    .flatMap(({ isRegex, path }) => (isRegex || path === undefined ? [] : path))
    .sort((one, other) => other.length - one.length);
  const headerNames = [...new Set(sorted.flatMap(headersOf))];

  return (request) => {
    const { path, host } = request;
    const wild = plainHosts.has(host) ? undefined : wildHosts.find((own) => matchesHost(own, host));
    const hitHost = wild ?? host;
    const hitPath =
      regexes.find((entry) => finds(entry, path))?.path ??
      prefixes.find((prefix) => path.startsWith(prefix));
    const hitHeader = headerNames.find((name) => request.headers[name] !== undefined);
    for (const category of categories) {
      const found = [...firstOf(category), ...category].find(matches);
      if (found !== undefined) {
        return found.route;
      }
    }
    return undefined;

    /** The shortest of the lists that the indexes have; the one by headers goes before. */
    function firstOf(category: readonly Entry[]): readonly Entry[] {
      const criteria = category[0]?.criteria ?? 0;
      const has = (kind: number) => (criteria & kind) !== 0;
      const byHeader = category.filter((entry) => headersOf(entry).includes(hitHeader ?? ''));
      if (has(HEADER) && byHeader.length > 0) {
        return byHeader;
      }
      const lists = [
        has(HOST) ? category.filter(({ route }) => route.hosts?.includes(hitHost)) : [],
        has(URI) ? category.filter((entry) => entry.path === hitPath) : [],
        has(METHOD) ? category.filter(({ route }) => route.methods?.includes(request.method)) : [],
      ].filter(({ length }) => length > 0);
      return lists.sort((one, other) => one.length - other.length)[0] ?? [];
    }

    function matches(entry: Entry): boolean {
      return isPath(entry) && matchesOthers(entry, request);
    }

    function isPath(entry: Entry): boolean {
      if (entry.path === undefined) {
        return true;
      }
      // A prefix that the index names is not looked at again.
      return entry.isRegex
        ? finds(entry, path)
        : entry.path === hitPath || path.startsWith(entry.path);
    }
  };
}
