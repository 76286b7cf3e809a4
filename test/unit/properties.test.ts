// What holds whatever comes in. PROPERTY_RUNS: how many inputs for each (200); fast-check prints the seed of
// what it finds.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { challengeFor } from '../../src/answer/challenge.ts';
import { toHeaderJson, toHeaderValue } from '../../src/answer/header-value.ts';
import { loginUrl } from '../../src/answer/login.ts';
import { claimsIn, filledBy } from '../../src/answer/passed.ts';
import { describeProblem } from '../../src/answer/problem.ts';
import { redactUri } from '../../src/answer/redact.ts';
import { createOutlets, writeClaims } from '../../src/answer/write-claims.ts';
import { decodeBase64url, decodeUtf8 } from '../../src/base64url.ts';
import { checkClaims } from '../../src/claims/check.ts';
import { matchesGlob, parseGlob } from '../../src/claims/glob.ts';
import { parsePath, resolvePath } from '../../src/claims/path.ts';
import { checkRequired } from '../../src/claims/require.ts';
import { checkRules } from '../../src/claims/rules.ts';
import { findCredential } from '../../src/consumers/find.ts';
import { parseConsumers } from '../../src/consumers/parse.ts';
import { IntrospectionAnswers } from '../../src/introspection/answers.ts';
import { introspect } from '../../src/introspection/introspect.ts';
import { seal, unseal } from '../../src/introspection/seal.ts';
import { readLoginClaims } from '../../src/issuing/login-claims.ts';
import { type Json, type JsonObject, MAX_JSON_DEPTH, parseJson } from '../../src/json.ts';
import { chooseKeys } from '../../src/keys/choose.ts';
import { parseJwks } from '../../src/keys/jwks.ts';
import { isRefusal, refuse } from '../../src/refusal.ts';
import { checkRevocation, type RevocationPolicy } from '../../src/revocation/check.ts';
import { parseRevocations } from '../../src/revocation/parse.ts';
import { ISSUING_NAMES, readIssuing, readPublishing } from '../../src/settings/issuing.ts';
import { SETTING_NAMES } from '../../src/settings/names.ts';
import { readRules } from '../../src/settings/rules.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { collectTexts } from '../../src/settings/texts.ts';
import { parseList, parseTime } from '../../src/settings/values.ts';
import { ALGORITHM_NAMES, findAlgorithm } from '../../src/signature/algorithms.ts';
import { decodeToken, type Token } from '../../src/token/decode.ts';
import { extractToken } from '../../src/token/extract.ts';
import { parseTokenSource, type TokenSource } from '../../src/token/sources.ts';
import { keySetOf } from '../support/fake-ring.ts';
import { settingsFor } from '../support/vectors.ts';

fc.configureGlobal({ numRuns: Number(process.env.PROPERTY_RUNS || 200) });

/** Characters of every kind, halves of characters too. */
const TEXT = fc.string({ unit: 'binary', maxLength: 60 });
const BYTES = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
const JSON_VALUE = fc
  .jsonValue({ stringUnit: 'binary', maxDepth: 4 })
  .map((value) => value as Json);

/** What is looked up by name somewhere. */
const NAME = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAMES()) },
  { weight: 1, arbitrary: TEXT },
);
/** An object with names that count, `__proto__` too as JSON has it. */
const OBJECT = fc
  .array(fc.tuple(NAME, fc.oneof(JSON_VALUE, TEXT, fc.constantFrom<Json>(...VALUES()))), {
    maxLength: 8,
  })
  .map((members) => JSON.parse(writeObject(members)) as JsonObject);
/** Texts that are JSON, nearly, or not at all. */
const JSON_TEXT = fc.oneof(
  OBJECT.map((value) => JSON.stringify(value)),
  JSON_VALUE.map((value) => JSON.stringify(value)),
  fc.array(OBJECT, { maxLength: 5 }).map((list) => JSON.stringify(list)),
  fc.array(OBJECT, { maxLength: 5 }).map((list) => JSON.stringify({ keys: list })),
  fc.array(OBJECT, { maxLength: 5 }).map((list) => JSON.stringify({ consumers: list })),
  fc
    .array(OBJECT, { maxLength: 3 })
    .map((list) =>
      JSON.stringify({ consumers: list.map((one) => ({ id: 'a', jwt_secrets: [one] })) }),
    ),
  fc
    .array(fc.constantFrom(...'[]{}:,"\\ 019.-+eEntfau'.split('')), { maxLength: 12 })
    .map((parts) => parts.join('')),
  fc.tuple(fc.nat(40), fc.boolean()).map(([depth, isArray]) => nest(depth, isArray)),
  TEXT,
);
const TOKEN = fc.oneof(
  fc.tuple(JSON_TEXT, JSON_TEXT, TEXT).map((parts) => parts.map(encode).join('.')),
  fc
    .tuple(OBJECT, OBJECT)
    .map((parts) => `${parts.map((one) => encode(JSON.stringify(one))).join('.')}.`),
  fc.array(TEXT, { maxLength: 5 }).map((parts) => parts.join('.')),
  TEXT,
);

function NAMES(): string[] {
  return [
    ...[
      'alg',
      'kid',
      'typ',
      'crit',
      'b64',
      'iss',
      'sub',
      'aud',
      'exp',
      'nbf',
      'iat',
      'jti',
      'scope',
    ],
    ...[
      'scp',
      'roles',
      'kty',
      'crv',
      'x',
      'y',
      'n',
      'e',
      'k',
      'd',
      'use',
      'key_ops',
      'keys',
      'active',
    ],
    ...['id', 'username', 'custom_id', 'jwt_secrets', 'key', 'algorithm', 'secret', 'jwk', 'a'],
    ...['issued_before', 'consumer', '__proto__', 'constructor', 'toString', 'length', '0', ''],
  ];
}

function VALUES(): Json[] {
  return [
    ...[...ALGORITHM_NAMES, 'none', 'RSA', 'EC', 'oct', 'OKP', 'P-256', 'sig', 'verify', 'AQAB'],
    ...[true, null, 0, -1, 1e308, 2 ** 53, 'a\r\nb', 'Bearer', 'x'.repeat(43), '\u007f', '\ud800'],
    ...[['verify'], ['a', 1, null], [[]], {}, { a: 1 }, []],
  ];
}

/** As text, for an object literal would take `__proto__` for something else. */
function writeObject(members: readonly (readonly [string, Json])[]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)}}`;
}

function nest(depth: number, isArray: boolean): string {
  return isArray
    ? '['.repeat(depth) + ']'.repeat(depth)
    : `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** Whatever comes of it is a value or a Refusal. */
function attempt<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch (thrown) {
    if (!isRefusal(thrown)) {
      throw thrown;
    }
    return undefined;
  }
}

describe('base64url', () => {
  test('gives the bytes back that were written', () => {
    fc.assert(
      fc.property(BYTES, (bytes) => {
        expect(decodeBase64url(bytes.toString('base64url'))).toEqual(bytes);
      }),
    );
  });

  test('has one text for the same bytes', () => {
    const almost = fc
      .array(fc.constantFrom(...'ABCDwxyz0189-_+/= \n'.split('')), { maxLength: 12 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(almost, TEXT), (text) => {
        const bytes = decodeBase64url(text);
        expect(bytes?.toString('base64url') ?? text).toBe(text);
        expect(bytes === undefined || /^[A-Za-z0-9_-]*$/.test(text)).toBe(true);
      }),
    );
  });
});

test('UTF-8 is decoded as the strict decoder does it', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const texts = TEXT.map((text) => Buffer.from(text));
  fc.assert(
    fc.property(fc.oneof(BYTES, texts), (bytes) => {
      let expected: string | undefined;
      try {
        expected = strict.decode(bytes);
      } catch {
        expected = undefined;
      }
      expect(decodeUtf8(bytes)).toBe(expected);
    }),
  );
});

describe('JSON', () => {
  test('is what JSON.parse says it is, and refused for its depth alone', () => {
    fc.assert(
      fc.property(JSON_TEXT, (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expected = undefined;
        }
        const value = parseJson(text);
        if (value === undefined) {
          expect(expected === undefined || deepest(text) > MAX_JSON_DEPTH).toBe(true);
        } else {
          expect(value).toEqual(expected);
          expect(deepest(text)).toBeLessThanOrEqual(MAX_JSON_DEPTH);
        }
      }),
    );
  });

  test('comes back from what it is written as', () => {
    fc.assert(
      fc.property(JSON_VALUE, (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});

/** How deep the brackets of a JSON text go, those in strings aside. */
function deepest(text: string): number {
  let [depth, most] = [0, 0];
  for (const bracket of text.replace(/"(?:[^"\\]|\\.)*"/gs, '').replace(/[^[\]{}]/g, '')) {
    depth += '[{'.includes(bracket) ? 1 : -1;
    most = Math.max(most, depth);
  }
  return most;
}

/** A request that says the same wherever it is asked. */
const requestOf = (header: string, variable: string) => ({
  header: () => header,
  variable: () => variable,
});

const SOURCES = [
  ...['header:Authorization', 'header:X-Token', 'cookie:t', 'query:t', 'variable:t', 'protocol'],
].map((word) => parseTokenSource(word) as TokenSource);
const HEADER = fc.oneof(
  TEXT,
  TOKEN,
  TOKEN.map((token) => `Bearer ${token}`),
  TEXT.map((text) => `t=${text}; t=${text}`),
  TEXT.map((text) => `bearer, ${text}`),
  TEXT.map((text) => `base64url.bearer.authorization.k8s.io.${encode(text)}`),
);
const URI = fc.oneof(
  TEXT,
  fc
    .array(TEXT, { maxLength: 4 })
    .map((values) => `/a?${values.map((one) => `t=${one}`).join('&')}`),
);

/** Values of settings: words of the configuration in any order, and whatever else there is. */
const SETTING = fc.oneof(
  TEXT,
  fc
    .array(
      fc.constantFrom(
        ...['on', 'off', 'any', 'all', 'opaque', 'open', 'closed', 'missing', '/a', '/a?b', '10m'],
        ...[
          '1h 30m',
          '0',
          '-1',
          '99999999y',
          'RS256',
          'none',
          'https://a/',
          'http://a',
          '//a',
          '"',
        ],
        ...[
          'a eq b',
          'a.b in [1,2]',
          'a !match x*',
          '$v',
          ';',
          'error=403',
          'error=500',
          'a=b',
          '=',
        ],
        ...['header:A', 'query:t', 'variable:$', 'any:a', '\r\n', "'", '\\', 'a match *', 'a gt 1'],
      ),
      { maxLength: 5 },
    )
    .map((words) => words.join(' ')),
);
const POLICY = fc
  .array(fc.tuple(fc.constantFrom(...SETTING_NAMES), SETTING), { maxLength: 6 })
  .map((members) => ({
    auth_jwt_issuer: 'any',
    auth_jwt_key_file: '/keys.json',
    ...Object.fromEntries(members),
  }));
const CLAIMS_TOKEN = fc.tuple(OBJECT, OBJECT).map(([header, claims]): Token => {
  const parts = [header, claims].map((part) => encode(JSON.stringify(part)));
  const signingInput = parts.join('.');
  const [kid, alg] = [String(header.kid), String(header.alg)];
  return { header, claims, kid, alg, signingInput, hasPlainClaims: false, hasPlainHeader: false };
});

describe('nothing is thrown but a Refusal', () => {
  const cases: readonly (readonly [string, () => fc.IRawProperty<unknown>])[] = [
    [
      'extractToken',
      () =>
        fc.property(
          fc.shuffledSubarray(SOURCES),
          HEADER,
          URI,
          (sources, header, uri) =>
            void attempt(() => extractToken(sources, requestOf(header, uri))),
        ),
    ],
    ['decodeToken', () => fc.property(TOKEN, (token) => void attempt(() => decodeToken(token)))],
    ['parseJwks', () => fc.property(JSON_TEXT, (text) => void attempt(() => parseJwks(text, 'a')))],
    [
      'chooseKeys',
      () =>
        fc.property(
          fc.array(OBJECT),
          NAME,
          fc.constantFrom(...ALGORITHM_NAMES),
          (keys, kid, alg) => {
            const algorithm = findAlgorithm(alg) as NonNullable<ReturnType<typeof findAlgorithm>>;
            attempt(() => chooseKeys(keySetOf(keys), algorithm, kid));
          },
        ),
    ],
    ['findAlgorithm', () => fc.property(NAME, (name) => void findAlgorithm(name))],
    [
      'parseConsumers, findCredential',
      () =>
        fc.property(JSON_TEXT, fc.boolean(), CLAIMS_TOKEN, NAME, (text, isBase64, token, claim) => {
          const keys = attempt(() => parseConsumers(text, 'a', isBase64)) ?? [];
          attempt(() => findCredential(keySetOf(keys), token, claim));
        }),
    ],
    [
      'parseRevocations, checkRevocation',
      () =>
        fc.property(JSON_TEXT, CLAIMS_TOKEN, (text, token) => {
          const table = attempt(() => parseRevocations(text, 'a')) ?? {};
          const policy = { passesWithout: false } as RevocationPolicy;
          attempt(() => checkRevocation(keySetOf([table]), { token }, policy));
        }),
    ],
    [
      'readSettings, checkClaims',
      () =>
        fc.property(POLICY, CLAIMS_TOKEN, TEXT, (policy, token, text) => {
          const names = Object.keys(policy);
          const texts = collectTexts(names, Object.values(policy));
          const settings = attempt(() => readSettings(texts));
          if (settings !== undefined && settings !== 'off') {
            attempt(() => checkClaims(token, settings, 1e9, requestOf('', text)));
            attempt(() => checkRequired(settings.require, requestOf('', text)));
          }
        }),
    ],
    [
      'readIssuing, readPublishing',
      () =>
        fc.property(fc.array(fc.tuple(fc.constantFrom(...ISSUING_NAMES), SETTING)), (members) => {
          attempt(() => readIssuing(Object.fromEntries(members)));
          attempt(() => readPublishing(Object.fromEntries(members)));
        }),
    ],
    [
      'readRules, checkRules',
      () =>
        fc.property(SETTING, OBJECT, TEXT, (text, claims, variable) => {
          const rules = attempt(() => readRules({ auth_jwt_require_claims: text })) ?? [];
          attempt(() => checkRules(claims, rules, requestOf('', variable)));
        }),
    ],
    [
      'parsePath, resolvePath',
      () =>
        fc.property(fc.oneof(NAME, TEXT), OBJECT, (text, claims) => {
          resolvePath(claims, parsePath(text) ?? []);
        }),
    ],
    [
      'parseTime, parseList',
      () =>
        fc.property(SETTING, (text) => {
          parseList(text);
          const time = parseTime(text);
          expect(time === undefined || (time >= 0 && Number.isFinite(time))).toBe(true);
        }),
    ],
    [
      'readLoginClaims',
      () =>
        fc.property(
          fc.oneof(
            BYTES,
            JSON_TEXT.map((text) => Buffer.from(text)),
          ),
          (bytes) => {
            attempt(() => readLoginClaims(bytes));
          },
        ),
    ],
    [
      'claimsIn, filledBy',
      () =>
        fc.property(fc.oneof(TOKEN, TEXT), (passed) => {
          claimsIn(passed);
          filledBy(passed);
        }),
    ],
    [
      'describeProblem, challengeFor, loginUrl',
      () =>
        fc.property(TEXT, TEXT, URI, SETTING, (accept, detail, uri, realm) => {
          describeProblem('bad_claim', accept);
          const variables = {
            ...{ auth_jwt: realm, auth_jwt_scopes: realm, auth_jwt_resource_metadata: realm },
            ...{ auth_jwt_login_url: '/login', request_uri: uri, request_method: 'GET' },
          };
          expect(challengeFor(refuse('no_roles', detail), variables)).toMatch(/^[ -~]*$/);
          expect(loginUrl('empty_token', variables, 'text/html')).toMatch(
            /^\/login\?return_url=%2F[!-~]*$/,
          );
        }),
    ],
    [
      'unseal',
      () =>
        fc.asyncProperty(TEXT, TEXT, BYTES, async (token, text, bytes) => {
          const well = Buffer.from(text).toString();
          expect(await unseal(token, await seal(token, text))).toBe(well);
          expect(await unseal(token, bytes.toString('base64url'))).toBeUndefined();
        }),
    ],
    [
      'introspect',
      () =>
        fc.asyncProperty(fc.oneof(TOKEN, fc.constant('abc')), JSON_TEXT, async (token, answer) => {
          const answers = new IntrospectionAnswers(undefined);
          const services = { answers, introspect: async () => answer };
          const policy = { endpoint: '/introspect', isForAll: false, cache: 60 };
          const world = { services, request: requestOf('', ''), now: 1e9 };
          try {
            await introspect(token, policy, settingsFor({}), world);
          } catch (thrown) {
            expect(isRefusal(thrown), String(thrown)).toBe(true);
          }
        }),
    ],
  ];

  test.each(cases)('%s', async (_name, property) => {
    await fc.assert(property());
  });
});

describe('headers', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  const CONTROL = /[\x00-\x1f\x7f]/;

  test('toHeaderValue gives no control character', () => {
    fc.assert(
      fc.property(fc.oneof(JSON_VALUE, TEXT, OBJECT), (value) => {
        expect(toHeaderValue(value)).not.toMatch(CONTROL);
      }),
    );
  });

  test('toHeaderJson gives printable ASCII that says the same', () => {
    fc.assert(
      fc.property(OBJECT, (object) => {
        const text = toHeaderJson(object);
        expect(text).toMatch(/^[ -~]*$/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
  });

  test('no variable that a token fills has a control character', () => {
    fc.assert(
      fc.property(OBJECT, OBJECT, (header, claims) => {
        const compact = `${[header, claims].map((one) => encode(JSON.stringify(one))).join('.')}.`;
        const token = attempt(() => decodeToken(compact));
        if (token !== undefined) {
          const names = ['iss', 'sub', 'aud', 'a', 'scope', 'roles'].map(
            (name) => `jwt_claim_${name}`,
          );
          const variables = Object.fromEntries(
            [...names, 'jwt_header_kid', 'jwt_header_typ', 'auth_jwt_passed'].map((name) => [
              name,
              '',
            ]),
          );
          writeClaims(variables, token, 'MISS', createOutlets(), []);
          for (const name of Object.keys(variables)) {
            expect(variables[name]).not.toMatch(CONTROL);
          }
        }
      }),
    );
  });
});

describe('URIs', () => {
  const SECRET = 'eyJhbGciOiJ9';
  const argument = fc.oneof(
    fc.constantFrom(
      `access_token=${SECRET}`,
      `t=${SECRET}`,
      `%74=${SECRET}`,
      `access%5Ftoken=${SECRET}`,
    ),
    fc
      .tuple(fc.constantFrom('a', 'tt', 't.', '', '%', '%zz', 'access_token2'), TEXT)
      .map(([name, value]) => `${name}=${value.replace(/[&#]/g, '')}`),
  );

  test('redactUri leaves no token, and nothing else out', () => {
    fc.assert(
      fc.property(TEXT, fc.array(argument, { maxLength: 6 }), (text, list) => {
        const path = `/${text.replace(/\?/g, '')}`;
        const redacted = redactUri(`${path}?${list.join('&')}`, 'header:A\tquery:t');
        const kept = list.filter((one) => !one.endsWith(SECRET));
        expect(redacted).not.toContain(SECRET);
        expect(redacted).toBe(
          kept.length === 0 && list.length > 0 ? path : `${path}?${kept.join('&')}`,
        );
      }),
    );
  });

  test('loginUrl leaves none either', () => {
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 6 }), (list) => {
        const variables = {
          ...{ auth_jwt_login_url: '/login', request_method: 'GET' },
          ...{ request_uri: `/a?${list.join('&')}`, auth_jwt_token_from: 'query:t' },
        };
        expect(loginUrl('empty_token', variables, 'text/html')).not.toContain(SECRET);
      }),
    );
  });
});

test('a pattern matches what it says, by trying everything', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 8 });
  const matches = (pattern: string, text: string): boolean =>
    pattern === ''
      ? text === ''
      : pattern[0] === '*'
        ? matches(pattern.slice(1), text) || (text !== '' && matches(pattern, text.slice(1)))
        : text !== '' && pattern[0] === text[0] && matches(pattern.slice(1), text.slice(1));
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      const [one, other] = [pattern.join(''), text.join('')];
      expect(matchesGlob(parseGlob(one), other)).toBe(matches(one, other));
    }),
    { numRuns: 2000 },
  );
});

describe('sixteen times as much takes about sixteen times as long', () => {
  const KEYS = 200_000;
  const limit = 16_384;
  const cases: readonly (readonly [string, number, (length: number) => () => unknown])[] = [
    ['brackets', KEYS, (n) => run(parseJson, '['.repeat(n))],
    ['quotes', KEYS, (n) => run(parseJson, `[${'"",'.repeat(n / 3)}0]`)],
    [
      'escaped quotes',
      KEYS,
      (n) => run(parseJson, `${nest(25, true).slice(0, 25)}"${'\\"'.repeat(n / 2)}`),
    ],
    ['backslashes', KEYS, (n) => run(parseJson, `${'['.repeat(25)}"${'\\'.repeat(n)}`)],
    ['digits', KEYS, (n) => run(parseJson, `${'['.repeat(25)}${'1'.repeat(n)}`)],
    [
      'numbers that go wrong',
      KEYS,
      (n) => run(parseJson, `[${'{},'.repeat(20)}${'1.1.'.repeat(n / 4)}]`),
    ],
    ['members', KEYS, (n) => run(parseJson, `{${'"a":1,'.repeat(n / 6)}"b":{}}`)],
    ['keys', KEYS, (n) => run(jwks, `{"keys":[${'{},'.repeat(n / 3)}{}]}`)],
    [
      'revocations',
      KEYS / 8,
      (n) => run(revocations, JSON.stringify(Array.from({ length: n / 10 }, String))),
    ],
    [
      'consumers',
      KEYS,
      (n) =>
        run(consumers, JSON.stringify({ consumers: Array.from({ length: n / 12 }, consumer) })),
    ],
    ['dots', limit, (n) => run(decode, '.'.repeat(n))],
    [
      'a long payload',
      limit,
      (n) => run(decode, `e30.${encode(JSON.stringify({ a: 'x'.repeat(n * 0.7) }))}.`),
    ],
    [
      'a header of escapes',
      limit,
      (n) => run(decode, `${encode(`{"a":"${'\\u0041'.repeat(n / 9)}"}`)}.e30.`),
    ],
    ['a glob', KEYS, (n) => () => matchesGlob(parseGlob('*a*ab*b'), 'a'.repeat(n))],
    ['arguments', KEYS, (n) => () => redactUri(`/?${'t=1&'.repeat(n / 4)}`, 'query:t')],
    ['percent signs', KEYS, (n) => () => redactUri(`/?${'%'.repeat(n)}`, 'query:t')],
    [
      'a cookie',
      KEYS,
      (n) => () => attempt(() => extractToken(SOURCES, requestOf('t=;'.repeat(n / 3), ''))),
    ],
    [
      'subprotocols',
      KEYS,
      (n) => () => attempt(() => extractToken(SOURCES, requestOf(' ,'.repeat(n / 2), ''))),
    ],
    ['a header value', KEYS, (n) => () => toHeaderValue(Array.from({ length: n / 4 }, () => 'é'))],
    ['a header as JSON', KEYS, (n) => () => toHeaderJson({ a: 'é'.repeat(n) })],
    ['an Accept header', KEYS, (n) => () => describeProblem('bad_claim', ',;q=;'.repeat(n / 5))],
    ['a time', limit, (n) => () => parseTime(`${'1'.repeat(n)}!`)],
    ['a list', KEYS, (n) => () => parseList('a '.repeat(n / 2))],
    ['a path', KEYS, (n) => () => parsePath(`/${'~0'.repeat(n / 2)}`)],
    [
      'rules',
      limit,
      (n) => () => attempt(() => readRules({ auth_jwt_require_claims: 'a eq 1;'.repeat(n / 7) })),
    ],
  ];

  test.each(cases)('%s', (_name, most, prepare) => {
    const short = fastest(prepare(Math.floor(most / 16)));
    const long = fastest(prepare(most));
    // The square would be 256 times as long. What is over at once proves nothing, and is no harm.
    expect(long, `${short} ms, then ${long} ms`).toBeLessThan(Math.max(80 * short, 50));
  });

  function run(act: (text: string) => unknown, text: string): () => unknown {
    return () => attempt(() => act(text));
  }
  function jwks(text: string): unknown {
    return parseJwks(text, 'a');
  }
  function revocations(text: string): unknown {
    return parseRevocations(text, 'a');
  }
  function consumers(text: string): unknown {
    return parseConsumers(text, 'a', false);
  }
  function decode(text: string): unknown {
    return decodeToken(text);
  }
  function consumer(): object {
    return { id: 'a' };
  }

  /** In milliseconds: what else goes on makes it slower, and never faster. */
  function fastest(act: () => unknown): number {
    const times = Array.from({ length: 5 }, () => {
      const begin = performance.now();
      act();
      return performance.now() - begin;
    });
    return Math.min(...times);
  }
});
