// Which location of a kong.conf nginx takes, and what becomes of a request there.

export interface NginxRequest {
  readonly method: string;
  readonly host: string;
  /** Without dots, and without escapes. */
  readonly path: string;
}

/** `none`: no service and no answer of the file; `closed`: no service for anybody; else the policy, if there is one. */
export type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'service'; readonly policy: string | undefined };

interface Location {
  readonly modifier: string;
  readonly path: string;
  readonly pattern: RegExp | undefined;
  readonly methods: RegExp | undefined;
  readonly body: string;
}

interface NginxServer {
  readonly name: string;
  readonly locations: readonly Location[];
}

/**
 * Reads a kong.conf, as the converter lays it out.
 *
 * @param conf its text
 * @returns what becomes of a request
 */
export function nginxOf(conf: string): (request: NginxRequest) => Outcome {
  const servers = conf
    .split(/^server \{$/m)
    .slice(1)
    .map(readServer);
  return (request) => {
    const { locations } = selectServer(servers, request.host);
    const location = selectLocation(locations, request.path);
    return location === undefined ? { kind: 'none' } : run(location, request, locations);
  };
}

function readServer(text: string): NginxServer {
  const blocks = text.matchAll(
    /^ {4}location (?:(=|~|\^~) )?("(?:[^"\\]|\\.)*"|\S+) \{\n((?:.*\n)*?) {4}\}$/gm,
  );
  return {
    name: /^ {4}server_name (\S+);$/m.exec(text)?.[1] ?? '',
    locations: [...blocks].map(([, modifier = '', word = '', body = '']) => {
      const path = unquote(word);
      const methods = /if \(\$request_method !~ (\S+)\) \{\n\s+return 404 /.exec(body)?.[1];
      return {
        modifier,
        path,
        pattern: modifier === '~' ? new RegExp(path.replace('(?s)', ''), 's') : undefined,
        methods: methods === undefined ? undefined : new RegExp(methods),
        body: methods === undefined ? body : body.slice(body.indexOf('}') + 1),
      };
    }),
  };
}

function unquote(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(["\\])/g, '$1') : word;
}

/** The name itself, then the longest one with a star, then the first server of all: it has no name here. */
function selectServer(servers: readonly NginxServer[], host: string): NginxServer {
  const [wild] = servers
    .filter(({ name }) => name.startsWith('*') && host.endsWith(name.slice(1)))
    .sort((one, other) => other.name.length - one.name.length);
  return (servers.find(({ name }) => name === host) ??
    wild ??
    servers.find(({ name }) => name === '')) as NginxServer;
}

function selectLocation(locations: readonly Location[], path: string): Location | undefined {
  const exact = locations.find((each) => each.modifier === '=' && each.path === path);
  const [prefix] = locations
    .filter(({ modifier }) => modifier === '' || modifier === '^~')
    .filter((each) => !each.path.startsWith('@') && path.startsWith(each.path))
    .sort((one, other) => other.path.length - one.path.length);
  const isFinal = prefix?.modifier === '^~';
  return exact ?? ((!isFinal && locations.find(({ pattern }) => pattern?.test(path))) || prefix);
}

function run(
  { modifier, methods, body }: Location,
  { method }: NginxRequest,
  locations: readonly Location[],
): Outcome {
  // Locations by name are internal, and "return" comes before all checks.
  const isMet = methods === undefined || methods.test(method);
  if (modifier === '=' || !isMet || /^\s+return 404 \$kong_no_route;$/m.test(body)) {
    return { kind: 'none' };
  }
  if (/^\s+(?:deny all|return [^;]*);$/m.test(body) || !body.includes('proxy_pass ')) {
    return { kind: 'closed' };
  }
  const name = /^\s+auth_request (\S+);$/m.exec(body)?.[1];
  const settings = name === undefined ? body : locations.find(({ path }) => path === name)?.body;
  const isChecked = name !== undefined || /^\s+js_access auth_jwt.enforceJwt;$/m.test(body);
  return { kind: 'service', policy: isChecked ? readPolicy(settings ?? '') : undefined };
}

/** The settings, as one text. */
function readPolicy(settings: string): string {
  return [...settings.matchAll(/^\s+set (\$auth_jwt\w* .*);$/gm)].map(([, set]) => set).join('\n');
}
