import { describe, expect, test } from 'vitest';
import { extractToken } from '../../../src/token/extract.ts';
import { parseTokenSource, type TokenSource } from '../../../src/token/sources.ts';
import { refused } from '../../support/refusals.ts';

const AUTHORIZATION = 'header:Authorization';
const K8S = 'base64url.bearer.authorization.k8s.io.';

interface Given {
  readonly headers?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

function extract(from: string, { headers = {}, variables = {} }: Given): string {
  const sources = from.split(' ').map((word) => parseTokenSource(word) as TokenSource);
  return extractToken(sources, {
    header: (name) => headers[name.toLowerCase()],
    variable: (name) => variables[name],
  });
}

const uri = (request_uri: string): Given => ({ variables: { request_uri } });
const cookie = (value: string): Given => ({ headers: { cookie: value } });
const protocol = (value: string): Given => ({ headers: { 'sec-websocket-protocol': value } });
const authorization = (value: string): Given => ({ headers: { authorization: value } });

describe('header:Authorization', () => {
  test.each(['Bearer a.b.c', 'bearer a.b.c', 'BEARER a.b.c', 'bEaReR a.b.c'])(
    'finds the token in %j',
    (value) => {
      expect(extract(AUTHORIZATION, authorization(value))).toBe('a.b.c');
    },
  );

  test('is found whatever the case of its name', () => {
    expect(extract('header:AUTHORIZATION', authorization('Bearer a.b.c'))).toBe('a.b.c');
    expect(() => extract('header:authorization', authorization('a.b.c'))).toThrow(
      refused('empty_token'),
    );
  });

  test.each([
    ...['', 'Bearer', 'Bearer ', 'a.b.c', 'Bearera.b.c', 'Bearer\ta.b.c'],
    ...['Bearer=a.b.c', 'Bearer:a.b.c', 'Bearer%20a.b.c', 'Basic dXNlcjpwYXNz', 'Basic a.b.c'],
    ...['Token a.b.c', 'DPoP a.b.c', ' Bearer a.b.c', '"Bearer" a.b.c', 'Bearer\u00a0a.b.c'],
  ])('finds no token in %j', (value) => {
    expect(() => extract(AUTHORIZATION, authorization(value))).toThrow(refused('empty_token'));
  });

  test.each([
    ['Bearer  a.b.c', ' a.b.c'],
    ['Bearer     ', '    '],
    ['Bearer \ta.b.c', '\ta.b.c'],
    ['Bearer Bearer a.b.c', 'Bearer a.b.c'],
    ['Bearer a.b.c, Bearer d.e.f', 'a.b.c, Bearer d.e.f'],
  ])(
    'leaves what follows the scheme and one space, for the decoder to refuse: %j',
    (value, token) => {
      expect(extract(AUTHORIZATION, authorization(value))).toBe(token);
    },
  );

  test('takes no longer for many spaces', () => {
    const start = process.cpuUsage();
    const token = extract(AUTHORIZATION, authorization(`Bearer${' '.repeat(1_000_000)}a.b.c`));
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(1000);
    expect(token).toHaveLength(1_000_004);
  });
});

describe('header:NAME', () => {
  test.each(['a.b.c', 'Bearer a.b.c', 'bearer a.b.c'])('finds the token in %j', (value) => {
    expect(extract('header:X-Token', { headers: { 'x-token': value } })).toBe('a.b.c');
  });

  test.each(['', 'Bearer', 'bearer '])('finds no token in %j', (value) => {
    expect(() => extract('header:X-Token', { headers: { 'x-token': value } })).toThrow(
      refused('empty_token'),
    );
  });

  test('sees no other header', () => {
    expect(() => extract('header:X-Token', authorization('Bearer a.b.c'))).toThrow(
      refused('empty_token'),
    );
  });
});

describe('cookie:NAME', () => {
  test.each([
    ...['t=a.b.c', 'x=1; t=a.b.c', 't=a.b.c; x=1', 'x=1;t=a.b.c;y=2', 't=a.b.c; t=a.b.c; '],
    ...['t=a.b.c; t=', 't=; t=a.b.c', 't=; t=a.b.c; t=', 'xt=d; t=a.b.c', 'x=t=d; t=a.b.c'],
    ...['  t=a.b.c  ', ';;t=a.b.c;;', 'x t=d;\tt=a.b.c', 't=a.b.c; xt=d; x t=d', 't =d; t=a.b.c'],
  ])('finds the token in %j', (value) => {
    expect(extract('cookie:t', cookie(value))).toBe('a.b.c');
  });

  test.each(['', 't', 't=', 'T=a.b.c', 'xt=a.b.c', 'tx=a.b.c', 'x=t=a.b.c', 'x=";t";'])(
    'finds no token in %j',
    (value) => {
      expect(() => extract('cookie:t', cookie(value))).toThrow(refused('empty_token'));
    },
  );

  test('keeps quotes, for the decoder to refuse', () => {
    expect(extract('cookie:t', cookie('t="a.b.c"'))).toBe('"a.b.c"');
  });

  test.each(['t=a.b.c; t=d.e.f', 't=a.b.c; x=1; t=d.e.f', 't=a.b.c; t=a.b.C'])(
    'cannot tell which counts in %j',
    (value) => {
      expect(() => extract('cookie:t', cookie(value))).toThrow(refused('invalid_jwt', 'multiple'));
    },
  );
});

test('a name that is repeated more than 64 times is refused, whatever its values', () => {
  for (const piece of ['t=a.b.c', 't=']) {
    const list = (count: number) => cookie(`${Array(count).fill(piece).join('; ')}; t=a.b.c`);
    expect(extract('cookie:t', list(63))).toBe('a.b.c');
    expect(() => extract('cookie:t', list(64))).toThrow(refused('invalid_jwt', 'multiple'));
    const others = Array(200).fill(`x${piece};${piece.toUpperCase()}; y ${piece}`).join(';');
    expect(extract('cookie:t', cookie(`${others}; \t t=a.b.c`))).toBe('a.b.c');
  }
});

describe('query:NAME', () => {
  test.each([
    '/p?t=a.b.c',
    '/p?x=1&t=a.b.c',
    '/p?t=a.b.c&x=1',
    '/p?t=a%2Eb%2Ec',
    '/p?t=a.b.c&t=a.b.c',
    '?t=a.b.c',
  ])('finds the token in %j', (value) => {
    expect(extract('query:t', uri(value))).toBe('a.b.c');
  });

  test.each([
    '/p',
    '/p?',
    '/p?t',
    '/p?t=',
    '/t=a.b.c',
    '/p?xt=a.b.c',
    '/p?T=a.b.c',
    '/p;t=a.b.c',
    't=a.b.c',
  ])('finds no token in %j', (value) => {
    expect(() => extract('query:t', uri(value))).toThrow(refused('empty_token'));
  });

  test('finds no token where there is no request line', () => {
    expect(() => extract('query:t', {})).toThrow(refused('empty_token'));
  });

  test.each(['/p?t=%', '/p?t=%E0%A4', '/p?t=%ff', '/p?t=a%2'])(
    'refuses the escapes of %j',
    (value) => {
      expect(() => extract('query:t', uri(value))).toThrow(refused('invalid_jwt', 'base64url'));
    },
  );

  test('cannot tell which of two tokens counts', () => {
    expect(() => extract('query:t', uri('/p?t=a.b.c&t=d.e.f'))).toThrow(
      refused('invalid_jwt', 'multiple'),
    );
  });
});

describe('variable:NAME', () => {
  test.each([
    ...['http_authorization', 'cookie_token', 'arg_token', 'ssl_client_s_dn', 'remote_user'],
    ...['args', 'query_string', 'content_type', 'content_length', 'uid_got'],
  ])('a request may have no $%s', (name) => {
    expect(() => extract(`variable:${name}`, { variables: {} })).toThrow(refused('empty_token'));
  });

  test.each(['a.b.c', 'Bearer a.b.c'])('finds the token in %j', (token) => {
    expect(extract('variable:token', { variables: { token } })).toBe('a.b.c');
  });

  test('finds no token where it is empty', () => {
    expect(() => extract('variable:token', { variables: { token: '' } })).toThrow(
      refused('empty_token'),
    );
  });

  test.each([
    'token',
    'args_token',
    'my_http_token',
    'my_remote_user',
    'remote_user_2',
    'http',
    'xjwt_token',
  ])('is a fault of the configuration where it does not exist: $%s', (name) => {
    expect(() => extract(`variable:${name}`, {})).toThrow(
      refused('bad_configuration', 'auth_jwt_token_from'),
    );
  });
});

describe('protocol', () => {
  const encoded = Buffer.from('a.b.c').toString('base64url');

  test.each([
    ['bearer, a.b.c', 'bearer and the token'],
    ['chat, Bearer ,a.b.c, v2', 'between others'],
    [`${K8S}${encoded}`, 'as Kubernetes has it'],
    [`v4.channel.k8s.io, ${K8S}${encoded}`, 'as Kubernetes has it, after another'],
  ])('finds the token in %j: %s', (value) => {
    expect(extract('protocol', protocol(value))).toBe('a.b.c');
  });

  test('looks at the first 32', () => {
    const behind = (count: number) => protocol(`${'x,'.repeat(count)}bearer,a.b.c`);
    expect(extract('protocol', behind(30))).toBe('a.b.c');
    expect(() => extract('protocol', behind(31))).toThrow(refused('empty_token'));
  });

  test.each(['', 'bearer', 'bearer,', 'chat', 'a.b.c', 'chat, a.b.c', 'xbearer, a.b.c', K8S])(
    'finds no token in %j',
    (value) => {
      expect(() => extract('protocol', protocol(value))).toThrow(refused('empty_token'));
    },
  );

  test.each([`${K8S}${encoded}=`, `${K8S}!`, `${K8S}_w`])('refuses the encoding of %j', (value) => {
    expect(() => extract('protocol', protocol(value))).toThrow(refused('invalid_jwt', 'base64url'));
  });
});

describe('several sources', () => {
  const from = `${AUTHORIZATION} cookie:t query:t`;

  test.each([
    ['the first', authorization('Bearer a.b.c')],
    ['the second', cookie('t=a.b.c')],
    ['the third', uri('/p?t=a.b.c')],
  ])('find the token in %s', (_which, given) => {
    expect(extract(from, given)).toBe('a.b.c');
  });

  test('may hold the same token', () => {
    const headers = { authorization: 'Bearer a.b.c', cookie: 't=a.b.c' };
    expect(extract(from, { headers })).toBe('a.b.c');
  });

  test.each([
    ['header and cookie', { authorization: 'Bearer a.b.c', cookie: 't=d.e.f' }, '/p'],
    ['header and query', { authorization: 'Bearer a.b.c' }, '/p?t=d.e.f'],
    ['cookie and query', { cookie: 't=a.b.c' }, '/p?t=d.e.f'],
  ])('may not hold two: %s', (_which, headers, request_uri) => {
    expect(() => extract(from, { headers, variables: { request_uri } })).toThrow(
      refused('invalid_jwt', 'multiple'),
    );
  });

  test('pass over a scheme of another kind', () => {
    const headers = { authorization: 'Basic dXNlcjpwYXNz', cookie: 't=a.b.c' };
    expect(extract(from, { headers })).toBe('a.b.c');
  });

  test('that are not named do not count', () => {
    const headers = { authorization: 'Bearer a.b.c', cookie: 't=d.e.f' };
    expect(extract(AUTHORIZATION, { headers })).toBe('a.b.c');
    expect(extract('cookie:t', { headers })).toBe('d.e.f');
  });

  test('that are all empty are no token', () => {
    expect(() => extract(from, {})).toThrow(refused('empty_token'));
  });
});
