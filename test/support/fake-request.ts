// The part of nginx's request object that src/nginx.ts describes, for handlers that run in Node.

import { readFileSync } from 'node:fs';
import type {
  NginxReply,
  NginxRequest,
  NginxVariables,
  SubrequestOptions,
} from '../../src/nginx.ts';

/** A request that remembers what was done with it. */
export interface FakeRequest extends NginxRequest {
  /** Arguments of each `r.return`. */
  readonly returned: readonly { readonly status: number; readonly body?: string }[];
  /** What went to the error log. */
  readonly logged: readonly { readonly level: 'info' | 'warn' | 'error'; readonly text: string }[];
  /** Location and arguments of each subrequest. */
  readonly subrequests: readonly { readonly uri: string; readonly args?: string }[];
  /** What was sent in parts, with the status; empty where nothing was. */
  readonly sent: readonly string[];
}

/** An answer to a subrequest, as far as a test has something to say; the location that was asked gives it. */
export type FakeReply = Pick<NginxReply, 'status' | 'headersOut'> & Partial<NginxReply>;

/** What a test may say about a request. */
export interface FakeOptions {
  /** Values of variables; what `auth_jwt.conf` does not declare, is declared by being named here. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Method; `GET` where a test says nothing. */
  readonly method?: string;
  /** Request headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers subrequests; without it there is no location to ask. */
  readonly subrequest?: (uri: string, options: SubrequestOptions) => Promise<FakeReply>;
  /** Called before a variable is written; may throw. */
  readonly onWrite?: (name: string, value: string) => void;
}

/** The variables that users get by including `auth_jwt.conf`, with the values they have there. */
export const DECLARED: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from(
    readFileSync(new URL('../../nginx/auth_jwt.conf', import.meta.url), 'utf8').matchAll(
      /^js_var \$(\w+)(?: +([^;]+))?;/gm,
    ),
    ([, name, value]) => [name, value ?? ''],
  ),
);

/** Makes a request. */
export function fakeRequest(options: FakeOptions = {}): FakeRequest {
  const returned: { status: number; body?: string }[] = [];
  const logged: { level: 'info' | 'warn' | 'error'; text: string }[] = [];
  const subrequests: { uri: string; args?: string }[] = [];
  const sent: string[] = [];
  const notFound = async (): Promise<FakeReply> => ({ status: 404, headersOut: {} });
  const { method = 'GET' } = options;
  return {
    returned,
    logged,
    subrequests,
    sent,
    method,
    status: 0,
    variables: nginxVariables({ ...DECLARED, ...options.variables }, options.onWrite),
    headersIn: caseless(options.headers ?? {}),
    headersOut: {},
    return: (status, body) => {
      returned.push(body === undefined ? { status } : { status, body });
    },
    sendHeader() {
      sent.push(String(this.status));
    },
    send: (part) => sent.push(part),
    finish: () => sent.push(''),
    subrequest: (uri, subrequest) => {
      const { args } = subrequest;
      subrequests.push(args ? { uri, args } : { uri });
      const answer = (options.subrequest ?? notFound)(uri, subrequest);
      return answer instanceof Promise ? answer.then((given) => answeredBy(uri, given)) : answer;
    },
    log: (text) => logged.push({ level: 'info', text }),
    warn: (text) => logged.push({ level: 'warn', text }),
    error: (text) => logged.push({ level: 'error', text }),
  };
}

/** Adds what the location itself gives, without looking at the rest: faults resolve with anything. */
function answeredBy(uri: string, answer: FakeReply): NginxReply {
  if (typeof answer !== 'object' || answer === null) {
    return answer;
  }
  const { uri: answered = uri, variables = {} } = answer;
  return Object.create(answer, { uri: { value: answered }, variables: { value: variables } });
}

/** A reply of a subrequest. */
export function reply(
  responseText: string,
  status = 200,
  headersOut: NginxReply['headersOut'] = {},
): FakeReply {
  return { status, responseText, responseBuffer: Buffer.from(responseText), headersOut };
}

/** As in nginx: what is not declared reads as `undefined` and cannot be written. */
function nginxVariables(
  values: Record<string, string>,
  onWrite: FakeOptions['onWrite'],
): NginxVariables {
  return new Proxy<NginxVariables>(values, {
    has: (target, name) => Object.hasOwn(target, name),
    get: (target, name) =>
      typeof name === 'string' && Object.hasOwn(target, name) ? target[name] : undefined,
    set: (target, name, value) => {
      if (typeof name !== 'string' || !Object.hasOwn(target, name)) {
        throw new TypeError('variable not found');
      }
      onWrite?.(name, value);
      target[name] = String(value);
      return true;
    },
  });
}

function caseless(headers: Readonly<Record<string, string>>): NginxRequest['headersIn'] {
  const byName = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return new Proxy(
    {},
    {
      get: (_target, name) =>
        typeof name === 'string' ? byName.get(name.toLowerCase()) : undefined,
    },
  );
}
