import { describe, expect, test } from 'vitest';
import { KongError } from '../../../../build/from-kong/findings.mjs';
import { writeLocation } from '../../../../build/from-kong/location.mjs';
import type { Router } from '../../../../build/from-kong/order.mjs';
import { convertKong } from '../../../support/kong.ts';

/** A file with these routes, as JSON, of a service at this address. */
const file = (routes: readonly object[], url = 'http://api.example/', version = '3.0') =>
  JSON.stringify({
    _format_version: version,
    services: [{ name: 'api', url }],
    routes: routes.map((route) => ({ service: 'api', ...route })),
  });

const PROTECTED = { plugins: [{ name: 'jwt' }] };

/** Of each server its name and its locations, the internal ones aside. */
function serversOf(text: string, router?: Router): [string, string[]][] {
  const { conf } = convertKong(text, router && { router });
  const [, ...servers] = conf.split(/^server \{$/m);
  return servers.map((server) => [
    /server_name (\S+);/.exec(server)?.[1] ?? '',
    [...server.matchAll(/^ {4}location (?!@|= \/_)(.*) \{$/gm)].map(([, head = '']) => head),
  ]);
}

const locationsOf = (text: string) => serversOf(text)[0]?.[1];

const rewritesOf = (text: string) =>
  [...convertKong(text).conf.matchAll(/^ +(rewrite .*);$/gm)].map(([, line = '']) => line);

function outcomeOf(text: string, router?: Router): { fault: string } | { warning: string } {
  try {
    return { warning: convertKong(text, router && { router }).warnings.join('\n') };
  } catch (error) {
    expect(error).toBeInstanceOf(KongError);
    return { fault: (error as Error).message };
  }
}

describe('the path that the service gets to see', () => {
  test.each([
    ['/', true, '/api', ['rewrite "(?s)^/api/?(?<kong_rest>.*)\\\\z" /$kong_rest break']],
    [
      '/v1',
      true,
      '/api',
      [
        'rewrite "(?s)^/api\\\\z" /v1 break',
        'rewrite "(?s)^/api/?(?<kong_rest>.*)\\\\z" /v1/$kong_rest break',
      ],
    ],
    ['/v1', true, '/api/', ['rewrite "(?s)^/api//?(?<kong_rest>.*)\\\\z" /v1/$kong_rest break']],
    ['/', false, '/api', ['rewrite "(?s)^(.*)\\\\z" $1 break']],
    ['/v1/', false, '/api', ['rewrite "(?s)^(.*)\\\\z" /v1$1 break']],
    ['/', true, '/a.b', ['rewrite "(?s)^/a\\\\.b/?(?<kong_rest>.*)\\\\z" /$kong_rest break']],
    [
      '/',
      true,
      '~/a/(\\d+)$',
      ['rewrite "(?s)^(?:/a/(\\\\d+)$)/?(?<kong_rest>.*)\\\\z" /$kong_rest break'],
    ],
  ])('service %s, strip %s, path %s', (own, strips, path, rewrites) => {
    const text = file([{ paths: [path], strip_path: strips }], `http://api.example${own}`);
    expect(rewritesOf(text)).toEqual(rewrites);
  });
});

describe('locations', () => {
  test('are prefixes and regular expressions, and a last one for the rest', () => {
    const routes = [{ paths: ['/a', '/a/b'] }, { paths: ['~/x/\\d+', '~^/y'], regex_priority: 5 }];
    expect(locationsOf(file(routes))).toEqual([
      '~ "(?s)^(?:/x/\\\\d+)"',
      '~ "(?s)^(?:/y)"',
      '/a/b',
      '/a',
      '/',
    ]);
  });

  test('of versions before 3.0 know a regular expression by its characters', () => {
    const routes = [{ paths: ['/a/\\d+', '/b-c_d~.e'] }];
    expect(locationsOf(file(routes, undefined, '2.1'))).toEqual([
      '~ "(?s)^(?:/a/\\\\d+)"',
      '/b-c_d~.e',
      '/',
    ]);
  });

  test('hold other methods off with 404, before the check', () => {
    const { conf } = convertKong(file([{ paths: ['/a'], methods: ['GET', 'POST'], ...PROTECTED }]));
    expect(conf).toMatch(
      /if \(\$request_method !~ \^\(GET\|POST\)\$\) \{\s+return 404 \$kong_no_route;\s+\}\s+auth_request/,
    );
  });

  test('empty the headers of Kong on open routes, too', () => {
    const { conf } = convertKong(file([{ paths: ['/a'] }]));
    for (const name of ['ID', 'Username', 'Custom-ID']) {
      expect(conf).toMatch(new RegExp(`proxy_set_header X-Consumer-${name} \\$auth_jwt_consumer_`));
    }
    expect(conf).toContain('proxy_set_header X-Anonymous-Consumer $kong_anonymous;');
  });

  test('know the host, the timeouts and TLS of the service', () => {
    const services = [
      {
        name: 'api',
        protocol: 'https',
        host: 'api.example',
        port: 8443,
        path: '/v1',
        read_timeout: 1500,
        tls_verify: true,
        routes: [{ paths: ['/a'], preserve_host: true, response_buffering: false }],
      },
    ];
    const { conf } = convertKong(JSON.stringify({ _format_version: '3.0', services }));
    for (const line of [
      'proxy_pass https://api.example:8443;',
      'proxy_read_timeout 1500ms;',
      'proxy_ssl_verify on;',
      'proxy_set_header Host $http_host;',
      'proxy_buffering off;',
    ]) {
      expect(conf).toContain(`        ${line}\n`);
    }
  });

  test('are left out where the service is switched off', () => {
    const services = [{ host: 'a', enabled: false, routes: [{ paths: ['/a'], ...PROTECTED }] }];
    expect(locationsOf(JSON.stringify({ _format_version: '3.0', services }))).toEqual(['/']);
  });
});

/** The pattern of a location, for JavaScript: what the two have in common will do. */
function patternOf(path: string): RegExp {
  const [head = ''] = locationsOf(file([{ paths: [path] }])) ?? [];
  const text = head.replaceAll('\\\\', '\\');
  const [, flags, pattern = ''] = /^~ "?(\(\?s\))?(.*?)"?$/.exec(text) ?? [];
  expect(pattern, head).not.toBe('');
  return new RegExp(pattern, flags && 's');
}

describe('regular expressions', () => {
  // nginx compares the path without escapes: %0A is a line end, which "." alone does not match.
  test('match line ends, too', () => {
    expect(patternOf('~/api/.*/admin$').test('/api/\n/admin')).toBe(true);
  });

  test.each(['~/(public)|/static', '~^/(public)|/static'])(
    '%s matches at the beginning of the path only, whatever is in it',
    (path) => {
      const pattern = patternOf(path);
      expect(['/public', '/static/a'].filter((each) => !pattern.test(each))).toEqual([]);
      expect(['/admin/static', '/admin/public'].filter((each) => pattern.test(each))).toEqual([]);
    },
  );

  test('with percent signs would never match, and are left out or a fault', () => {
    const route = { paths: ['~/a%20b'] };
    expect(outcomeOf(file([route]))).toEqual({
      warning: expect.stringContaining('this route is left out: nginx has no location'),
    });
    expect(outcomeOf(file([{ ...route, ...PROTECTED }]))).toHaveProperty('fault');
  });

  const OPEN = { paths: ['/'] };

  // Kong sees "%0A" and "%3F" where nginx sees one character that these do not match.
  test.each([
    '~/a/\\S+/x',
    '~/a/\\N+/x',
    '~/a/[^\\s/]+/x',
    '~/a/[^?]+/x',
    '~/a/[[:^space:]]+/x',
    '~/a/(?-s:.+)/x',
    '~(?-s)/a/.+/x',
    // "%20" is three characters, and ends with a digit.
    '~/a/.',
    '~/a/[^/]{3}$',
    '~/a/.*0',
    '~/a/[^0-9]+$',
    '~/a/.*\\d',
    '~/a/.*(/x)?0',
    '~/a/.*/?0',
    '~/a/.*g*0',
    '~/a/(.*)*0',
  ])('%s: what is left out of it may not go to a route that asks for less', (path) => {
    const route = { paths: [path], ...PROTECTED };
    expect(outcomeOf(file([route, OPEN]))).toEqual({
      fault: expect.stringMatching(
        /routes\[0\]\.paths: characters that clients write with "%" do not match in nginx/,
      ),
    });
    expect(outcomeOf(file([route, { paths: ['/b'] }])), 'it meets no other').toEqual(
      path.startsWith('~/') ? { warning: '' } : { fault: expect.anything() },
    );
    expect(outcomeOf(file([route, { ...OPEN, ...PROTECTED }])), 'the same guard').toEqual({
      warning: '',
    });
    expect(outcomeOf(file([{ paths: [path] }, OPEN])), 'open').toEqual({ warning: '' });
    // What an open one matches too much would be let in.
    expect(outcomeOf(file([{ paths: [path] }, { ...OPEN, ...PROTECTED }]))).toHaveProperty('fault');
  });

  test('an open one that stands before a protected route matches no line end', () => {
    const open = { paths: ['~/a/.*/public$'] };
    const [head = ''] = locationsOf(file([open, { paths: ['/a'], ...PROTECTED }])) ?? [];
    expect(head).toBe('~ "(?s)^(?!.*\\\\n)(?:/a/.*/public$)"');
    expect(locationsOf(file([open]))?.[0]).toBe('~ "(?s)^(?:/a/.*/public$)"');
  });

  test.each(['~/b|/a', '~/b|(?:/a)|^/c', '~(?i)/b|/a'])(
    '%s: alternatives that one router finds anywhere are a fault where they protect',
    (path) => {
      const route = { paths: [path], ...PROTECTED };
      for (const router of [undefined, 'traditional_compatible'] as const) {
        expect(outcomeOf(file([route]), router)).toEqual({
          fault: expect.stringMatching(
            /routes\[0\]\.paths: the router traditional_compatible finds/,
          ),
        });
      }
      expect(outcomeOf(file([route]), 'traditional')).toEqual({ warning: '' });
      expect(outcomeOf(file([{ paths: [path] }]))).toEqual({
        warning: expect.stringContaining('here they stand at its beginning'),
      });
    },
  );

  test.each(['~/(?:b|a)', '~/b|^/a', '~/[|]a', '~/\\|a', '~/[[:^space:]|]', '~/([)|(])'])(
    '%s has no such alternatives',
    (path) => {
      expect(outcomeOf(file([{ paths: [path], ...PROTECTED }]))).toEqual({ warning: '' });
    },
  );

  test.each([
    ...['~/a/[^/]+/x', '~/a/[^\\/.]+/x', '~/a/\\d+', '~/a/(?<name>[a-z]+)', '~/a/.*', '~/a(/.*)?$'],
    ...[
      '~/a/(?:b|c)/[0-9a-f-]{36}',
      '~/a/(.+)/x$',
      '~/a/.*\\.json$',
      '~^/a$',
      '~/a/(?<x>[^/]+)(/|$)',
      '~/a/[^/]+(?:/x)?$',
      '~/a/.+/?$',
    ],
  ])('%s can stand beside an open route', (path) => {
    expect(outcomeOf(file([{ paths: [path], ...PROTECTED }, OPEN]))).toEqual({ warning: '' });
  });

  // A group with a name is a variable for nginx, and its value is for the client to choose.
  test.each(['(?<auth_jwt_optional>', '(?P<no_auth_reason>', "(?'JWT_claims'", '(?<kong_answer>'])(
    'a group %s…) sets none of our variables',
    (group) => {
      expect(outcomeOf(file([{ paths: [`~/a/${group}.*)`] }]))).toEqual({
        warning: expect.stringContaining('this route is left out: nginx has no location'),
      });
    },
  );
});

describe('regular expressions that Kong does not put in order', () => {
  const open = { name: 'open', paths: ['~/a/.*'] };
  const locked = { name: 'locked', paths: ['~/a/.*/admin'], ...PROTECTED };
  const FAULT = {
    fault: expect.stringMatching(/routes\[\d\]\.regex_priority: .* of "(open|locked)"/),
  };

  test('are a fault where their guards differ', () => {
    expect(outcomeOf(file([open, locked]))).toEqual(FAULT);
    expect(outcomeOf(file([locked, open]))).toEqual(FAULT);
    const other = { ...open, plugins: [{ name: 'jwt', config: { key_claim_name: 'kid' } }] };
    expect(outcomeOf(file([other, locked]))).toEqual(FAULT);
    const closed = { ...open, plugins: [{ name: 'jwt' }, { name: 'key-auth' }] };
    expect(outcomeOf(file([closed, locked]))).toEqual(FAULT);
  });

  test('are the same with created_at, which one router of three goes by', () => {
    const old = { ...open, created_at: 1 };
    expect(outcomeOf(file([old, { ...locked, created_at: 2 }]))).toEqual(FAULT);
  });

  test.each([
    ['regex_priority says which', open, { ...locked, regex_priority: 1 }],
    ['one asks for more', open, { ...locked, hosts: ['a.example'] }],
    ['other hosts', { ...open, hosts: ['b.example'] }, { ...locked, hosts: ['a.example'] }],
    ['other methods', { ...open, methods: ['GET'] }, { ...locked, methods: ['PUT'] }],
    ['other beginnings', { ...open, paths: ['~/public/.*'] }, locked],
    ['the same guard', { ...open, ...PROTECTED }, locked],
    ['no guard', open, { ...locked, plugins: [] }],
  ])('%s: no fault', (_what, one, other) => {
    for (const routes of [
      [one, other],
      [other, one],
    ]) {
      expect(outcomeOf(file(routes))).not.toHaveProperty('fault');
    }
  });

  test.each([
    ['~/ab?', '~/ac'],
    ['~/ab*c', '~/ac'],
    ['~/ab{0,1}c', '~/ac'],
    ['~/public|/a', '~/ac'],
    ['~(?i)/A', '~/ac'],
    ['~/a', '~/ac'],
    ['~/\\x61', '~/ac'],
    ['~/.c', '~^/ac'],
  ])('%s and %s may match the same path', (one, other) => {
    const routes = [{ paths: [one] }, { paths: [other], ...PROTECTED }];
    expect(outcomeOf(file(routes))).toHaveProperty('fault');
  });

  test('are warned of where they go to different services', () => {
    const services = [
      { name: 'a', url: 'http://a.example/', routes: [{ name: 'one', paths: ['~/x/.*'] }] },
      { name: 'b', url: 'http://b.example/', routes: [{ name: 'two', paths: ['~/x/y.*'] }] },
    ];
    expect(outcomeOf(JSON.stringify({ _format_version: '3.0', services }))).toEqual({
      warning: expect.stringMatching(/regex_priority: .* of "two"/),
    });
  });
});

describe('hosts', () => {
  test('have servers of their own, which know the routes for any host, too', () => {
    const routes = [
      { hosts: ['A.example'], paths: ['/a'] },
      { hosts: ['*.b.example'] },
      { paths: ['/c'] },
    ];
    expect(serversOf(file(routes))).toEqual([
      ['a.example', ['/a', '/c', '/']],
      ['*.b.example', ['/c', '/']],
      ['', ['/c', '/']],
    ]);
    const [, star] = serversOf(file(routes), 'traditional');
    expect(star, 'the traditional router tries routes with a host first').toEqual([
      '*.b.example',
      ['/'],
    ]);
  });

  test('an exact one goes before one with a star', () => {
    const routes = [
      { name: 'star', hosts: ['*.example'], paths: ['/a'], ...PROTECTED },
      { name: 'exact', hosts: ['x.example'], paths: ['/a'] },
    ];
    const { conf } = convertKong(file(routes));
    expect(conf).toMatch(/server_name x\.example;(?:(?!server_name)[\s\S])*# route exact/);
    expect(conf).not.toMatch(/server_name x\.example;(?:(?!server_name)[\s\S])*# route star/);
  });
});

/** Each of these was converted so that the protected route was open. */
describe('what was open once', () => {
  const BOTH = [undefined, 'traditional', 'traditional_compatible'] as const;

  test('a route that names hosts without stars goes before one with a longer path', () => {
    const text = file([
      { name: 'open', hosts: ['a.example', '*.b.example'], paths: ['/a/b'] },
      { name: 'locked', hosts: ['a.example'], paths: ['/a'], ...PROTECTED },
    ]);
    expect(serversOf(text, 'traditional_compatible')[0]).toEqual(['a.example', ['/a', '/']]);
    for (const router of [undefined, 'traditional'] as const) {
      expect(outcomeOf(text, router), 'an index of paths may go before').toEqual({
        fault: expect.stringMatching(
          /routes\[0\]: it depends on the router .* "locked"; .* --router/,
        ),
      });
    }
  });

  test('of two hosts with a star the narrower one does not go first', () => {
    const text = file([
      { name: 'narrow', hosts: ['*.b.example'], paths: ['/a'] },
      { name: 'wide', hosts: ['*.example'], paths: ['/a/b'], ...PROTECTED },
    ]);
    expect(serversOf(text, 'traditional_compatible')[0]).toEqual([
      '*.b.example',
      ['/a/b', '/a', '/'],
    ]);
    expect(outcomeOf(text)).toHaveProperty('fault');
  });

  test.each(BOTH)(
    'a pattern elsewhere does not make a prefix go before patterns (%s)',
    (router) => {
      const hosts = ['a.example'];
      const text = file([
        { hosts, paths: ['/a'] },
        { hosts, paths: ['~/a/.*/admin'], ...PROTECTED },
        { paths: ['~/b/.*'] },
      ]);
      expect(serversOf(text, router)[0]?.[1]).toEqual([
        '~ "(?s)^(?:/a/.*/admin)"',
        '/a',
        '~ "(?s)^(?:/b/.*)"',
        '/',
      ]);
    },
  );

  test('a host with a star goes before a path in one router, and after it in the other', () => {
    const star = { hosts: ['*.example'] };
    const path = { paths: ['/admin'] };
    for (const routes of [
      [{ ...star, ...PROTECTED }, path],
      [star, { ...path, ...PROTECTED }],
    ]) {
      const text = file(routes);
      expect(serversOf(text, 'traditional')[0]).toEqual(['*.example', ['/']]);
      expect(serversOf(text, 'traditional_compatible')[0]).toEqual(['*.example', ['/admin', '/']]);
      expect(outcomeOf(text)).toEqual({
        fault: expect.stringMatching(/^line 1: routes\[\d\]: it depends on the router of Kong/),
      });
    }
  });

  test('it does not matter which router runs where both routes let in the same requests', () => {
    const text = file([{ hosts: ['*.example'] }, { paths: ['/health'] }]);
    expect(outcomeOf(text)).toEqual({ warning: '' });
  });

  test('a pattern elsewhere may lead to a prefix of the same text before a longer one', () => {
    const text = file([
      { hosts: ['a.example'], paths: ['~/a'], ...PROTECTED },
      { name: 'open', paths: ['/ab'] },
      { name: 'locked', paths: ['/a'], ...PROTECTED },
    ]);
    expect(outcomeOf(text, 'traditional_compatible')).toEqual({ warning: '' });
    expect(outcomeOf(text, 'traditional')).toEqual({
      fault: expect.stringMatching(/routes\[2\]: it depends on the router .* "open"/),
    });
  });

  test('a prefix that is a pattern elsewhere is taken for it by the traditional router', () => {
    const text = file([
      { paths: ['/a.*'], ...PROTECTED },
      { paths: ['~/a.*'], ...PROTECTED },
    ]);
    expect(outcomeOf(text, 'traditional_compatible')).toEqual({ warning: '' });
    for (const router of [undefined, 'traditional'] as const) {
      expect(outcomeOf(text, router)).toEqual({
        fault: expect.stringMatching(/routes\[0\]\.paths: the same text is a prefix here/),
      });
    }
  });

  test.each(BOTH)('a route without host, path and method is none (%s)', (router) => {
    expect(locationsOf(file([{ name: 'nothing' }]))).toEqual(['/']);
    expect(outcomeOf(file([{ paths: [], ...PROTECTED }]), router)).toEqual({
      fault: expect.stringContaining('Kong does not route to it'),
    });
  });

  test.each([-1, 1.5, 2 ** 32])(
    'regex_priority %d, which the routers sort differently',
    (priority) => {
      expect(outcomeOf(file([{ paths: ['~/a'], regex_priority: priority }]))).toEqual({
        fault: expect.stringMatching(/regex_priority: must be a whole number/),
      });
    },
  );
});

describe('where nginx would not choose as Kong does', () => {
  test('the shorter path of a route with more criteria takes what is below it', () => {
    const routes = [
      { name: 'by-host', hosts: ['a.example'], paths: ['/a'], ...PROTECTED },
      { name: 'open', paths: ['/a/b'] },
    ];
    expect(serversOf(file(routes))).toEqual([
      ['a.example', ['/a', '/']],
      ['', ['/a/b', '/']],
    ]);
  });

  test('a route with more criteria goes before a regular expression', () => {
    const routes = [{ hosts: ['a.example'], paths: ['/a'], ...PROTECTED }, { paths: ['~/a/x'] }];
    expect(serversOf(file(routes))[0]).toEqual(['a.example', ['^~ /a', '~ "(?s)^(?:/a/x)"', '/']]);
  });

  test.each([
    ['the same path', [{ paths: ['/a'] }, { paths: ['/a'] }]],
    [
      'other methods',
      [
        { paths: ['/a'], methods: ['GET'] },
        { paths: ['/a'], methods: ['POST'] },
      ],
    ],
    ['methods before a longer path', [{ paths: ['/a'], methods: ['GET'] }, { paths: ['/a/b'] }]],
    [
      'a prefix between regular expressions',
      [
        { paths: ['~/a/x'], methods: ['GET'] },
        { paths: ['/a'], methods: ['GET'] },
        { paths: ['~/a/y'] },
      ],
    ],
  ])('%s: a warning where all is open, a fault where something is not', (_what, routes) => {
    expect(outcomeOf(file(routes))).toEqual({
      warning: expect.stringMatching(/routes\[\d\]: this route is left out: nginx cannot choose/),
    });
    const last = routes.length - 1;
    for (const locked of [0, last]) {
      const some = routes.map((route, at) => (at === locked ? { ...route, ...PROTECTED } : route));
      const isRival = _what !== 'a prefix between regular expressions' || locked === last;
      expect(outcomeOf(file(some)), `${locked}`).toEqual(
        isRival
          ? { fault: expect.stringMatching(/this route is protected, and cannot be carried over/) }
          : { warning: expect.anything() },
      );
    }
  });

  test('a route that is narrowed otherwise is never opened', () => {
    for (const narrowing of [
      { headers: { 'x-a': ['b'] } },
      { snis: ['a.example'] },
      { expression: 'http.path == "/a"' },
      { protocols: ['grpc'] },
      { paths: ['/%61'] },
      { paths: ['/a$b'] },
      { hosts: ['a.*'] },
      { hosts: ['a.example;'] },
      { methods: ['GET|POST'] },
    ]) {
      const route = { paths: ['/a'], ...narrowing };
      expect(outcomeOf(file([route]))).toEqual({
        warning: expect.stringContaining('this route is left out'),
      });
      expect(locationsOf(file([route]))).toEqual(['/']);
      expect(outcomeOf(file([{ ...route, ...PROTECTED }]))).toEqual({
        fault: expect.stringContaining('this route is protected, and cannot be carried over'),
      });
      const other = { ...route, plugins: [{ name: 'key-auth' }] };
      expect(outcomeOf(file([other]))).toHaveProperty('fault');
    }
  });

  test('a route without a service is never opened', () => {
    const route = { paths: ['/a'], service: undefined };
    expect(locationsOf(file([route]))).toEqual(['/']);
    expect(outcomeOf(file([{ ...route, ...PROTECTED }]))).toHaveProperty('fault');
    const { conf } = convertKong(file([{ ...route, plugins: [{ name: 'key-auth' }] }]));
    expect(conf).toMatch(/location \/a \{\n.*key-auth.*\n\s+deny all;\n\s+\}/);
  });

  test('other methods go on to other routes in Kong: this is said', () => {
    const routes = [{ paths: ['/a'] }, { paths: ['/a/b'], methods: ['POST'] }];
    expect(outcomeOf(file(routes))).toEqual({
      warning: expect.stringContaining('other methods are answered with 404 here'),
    });
  });
});

describe('nothing of the file becomes a directive', () => {
  /** Words, quoted or not, comments, and what ends or opens a directive: as nginx reads them. */
  const TOKENS =
    /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|#.*|[{};]|(?:[^\s"'{};#\\]|\\.)(?:[^\s{};\\]|\\.)*/g;
  const shapeOf = (conf: string) =>
    (conf.match(TOKENS) ?? []).filter((token) => /^[{};]$/.test(token)).join('');

  test.each([
    [{ name: 'a\n}} load_module x;', paths: ['/a'] }, '/a'],
    [{ paths: ['~/a" { return 200; } #'] }, '~/a'],
    [{ paths: ['~/a\\'] }, '~/a'],
    [{ paths: ['/a"b'] }, '/a'],
    [{ paths: ["/a'b"] }, '/a'],
    [{ paths: ['/a{b};'] }, '/a'],
  ])('%j', (route, plain) => {
    const { conf } = convertKong(file([route]));
    expect(shapeOf(conf)).toBe(shapeOf(convertKong(file([{ paths: [plain] }])).conf));
    expect(conf).not.toMatch(/^\s*load_module/m);
  });

  test.each(['a\n} location /x { return 200; } #', 'a\r\nb', 'a b', 'a;', 'ü', '', '\u001b[2Jb'])(
    'a plugin of the name %j is a fault',
    (name) => {
      const outcome = outcomeOf(file([{ paths: ['/a'], plugins: [{ name }] }]));
      expect(outcome).toEqual({
        fault: expect.stringMatching(/plugins\[0\]\.name: must be letters, digits, _ and -$/),
      });
    },
  );

  test('nor is the name of a plugin that went by without a look', () => {
    const name = 'a\n} server { listen 1;';
    const guard = { policy: undefined, others: [name] };
    const rule = { path: '/a', methods: [], directives: [], upstream: { path: '/' }, label: 'x' };
    const lines = writeLocation(
      { rule: { ...rule, guard, upstream: { ...rule.upstream, directives: [] } } } as never,
      undefined,
    );
    expect(lines.filter((line) => /[\r\n]/.test(line))).toEqual([]);
  });

  test('nor does it reach the terminal as more than text', () => {
    const odd = 'x\n\u001b[2J\u202e';
    const text = JSON.stringify({
      _format_version: '3.0',
      [odd]: 1,
      services: [
        { url: 'http://a', name: odd, routes: [{ name: odd, paths: ['/a'] }] },
        { protocol: odd, host: 'a', routes: [{ name: 'b', paths: ['/a'] }] },
        { url: 'http://b', routes: [{ paths: ['/a'] }] },
      ],
      consumers: [{ username: odd, jwt_secrets: [{}] }],
    });
    const { warnings, notes } = convertKong(text);
    expect(warnings.length).toBeGreaterThan(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect([...warnings, ...notes].filter((line) => /[\x00-\x1f\u202e]/.test(line))).toEqual([]);
  });

  test.each([
    'http://a b/',
    'http://a/$uri',
    'ftp://a/',
    'http://a/x?y',
    'nonsense',
    'http://a;b/',
  ])('a service at %s is refused, or left out', (url) => {
    const outcome = outcomeOf(file([{ paths: ['/a'] }], url));
    expect(JSON.stringify(outcome)).toMatch(/no host in it|cannot be carried over|is left out/);
  });
});
