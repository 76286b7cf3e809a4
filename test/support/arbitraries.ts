// What comes in from outside, for properties that must hold whatever it is.
//
// PROPERTY_RUNS: how many inputs for each property (200). fast-check prints the seed of what it finds.

import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/json.ts';
import { isRefusal } from '../../src/refusal.ts';
import { SETTING_NAMES } from '../../src/settings/names.ts';
import { ALGORITHM_NAMES } from '../../src/signature/algorithms.ts';
import type { Token } from '../../src/token/decode.ts';
import { parseTokenSource, type TokenSource } from '../../src/token/sources.ts';

fc.configureGlobal({ numRuns: Number(process.env.PROPERTY_RUNS || 200) });

/** What is looked up by name somewhere. */
const NAMES: readonly string[] = [
  ...['alg', 'kid', 'typ', 'crit', 'b64', 'iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'scope'],
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

/** What means something somewhere. */
const VALUES: readonly Json[] = [
  ...[...ALGORITHM_NAMES, 'none', 'RSA', 'EC', 'oct', 'OKP', 'P-256', 'sig', 'verify', 'AQAB'],
  ...[true, null, 0, -1, 1e308, 2 ** 53, 'a\r\nb', 'Bearer', 'x'.repeat(43), '\u007f', '\ud800'],
  ...[['verify'], ['a', 1, null], [[]], {}, { a: 1 }, []],
];

/** Characters of every kind, halves of characters too. */
export const TEXT = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7ff, max: 0xe000 })),
      {
        maxLength: 20,
      },
    )
    .map((codes) => String.fromCharCode(...codes)),
);
/** Any bytes. */
export const BYTES = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
/** Anything that JSON can say. */
export const JSON_VALUE = fc
  .jsonValue({ stringUnit: 'binary', maxDepth: 4 })
  .map((value) => value as Json);

/** What is looked up by name somewhere, and any text. */
export const NAME = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: TEXT },
);

/** An object with names that count, `__proto__` too as JSON has it. */
export const OBJECT = fc
  .array(fc.tuple(NAME, fc.oneof(JSON_VALUE, TEXT, fc.constantFrom<Json>(...VALUES))), {
    maxLength: 8,
  })
  .map((members) => JSON.parse(writeObject(members)) as JsonObject);

/** Texts that are JSON, nearly, or not at all. */
export const JSON_TEXT = fc.oneof(
  OBJECT.map((value) => JSON.stringify(value)),
  JSON_VALUE.map((value) => JSON.stringify(value)),
  fc.array(OBJECT, { maxLength: 5 }).map((list) => JSON.stringify(list)),
  fc.array(OBJECT, { maxLength: 5 }).map((list) => JSON.stringify({ keys: list })),
  fc.array(OBJECT, { maxLength: 5 }).map((list) => JSON.stringify({ consumers: list })),
  fc
    .array(fc.oneof(OBJECT, fc.constantFrom<Json>(null, 1, 'a', [])), { maxLength: 3 })
    .map((list) =>
      JSON.stringify({ consumers: list.map((one) => ({ id: 'a', jwt_secrets: [one] })) }),
    ),
  fc
    .array(fc.constantFrom(...'[]{}:,"\\ 019.-+eEntfau'.split('')), { maxLength: 12 })
    .map((parts) => parts.join('')),
  fc.tuple(fc.nat(40), fc.boolean()).map(([depth, isArray]) => nest(depth, isArray)),
  TEXT,
);

/** Tokens, nearly, or not at all. */
export const TOKEN = fc.oneof(
  fc.tuple(JSON_TEXT, JSON_TEXT, TEXT).map((parts) => parts.map(encode).join('.')),
  fc
    .tuple(OBJECT, OBJECT)
    .map((parts) => `${parts.map((one) => encode(JSON.stringify(one))).join('.')}.`),
  fc.array(TEXT, { maxLength: 5 }).map((parts) => parts.join('.')),
  TEXT,
);

/** A request that says the same wherever it is asked. */
export const requestOf = (header: string, variable: string) => ({
  header: () => header,
  variable: () => variable,
  warn: () => {},
});

/** Every place where a token may stand. */
export const SOURCES = [
  ...['header:Authorization', 'header:X-Token', 'cookie:t', 'query:t', 'variable:t', 'protocol'],
].map((word) => parseTokenSource(word) as TokenSource);

/** A request header in which a token may stand. */
export const HEADER = fc.oneof(
  TEXT,
  TOKEN,
  TOKEN.map((token) => `Bearer ${token}`),
  TEXT.map((text) => `t=${text}; t=${text}`),
  TEXT.map((text) => `bearer, ${text}`),
  TEXT.map((text) => `base64url.bearer.authorization.k8s.io.${encode(text)}`),
);

/** A URI, with arguments or anything. */
export const URI = fc.oneof(
  TEXT,
  TEXT.map((text) => `/${text}`),
  fc
    .array(fc.oneof(TEXT, fc.constantFrom('%', '%zz', '%ff', '%ed%a0%80', '%2e', '+')), {
      maxLength: 4,
    })
    .map((values) => `/a?${values.map((one) => `t=${one}`).join('&')}`),
);

/** Values of settings: words of the configuration in any order, and whatever else there is. */
export const SETTING = fc.oneof(
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

/** Settings of a policy that is complete without them. */
export const POLICY = fc
  .array(fc.tuple(fc.constantFrom(...SETTING_NAMES), SETTING), { maxLength: 6 })
  .map((members) => ({
    auth_jwt_issuer: 'any',
    auth_jwt_key_file: '/keys.json',
    ...Object.fromEntries(members),
  }));

/** A token that is vouched for, and may say anything. */
export const CLAIMS_TOKEN = fc.tuple(OBJECT, OBJECT).map(([header, claims]): Token => {
  const parts = [header, claims].map((part) => encode(JSON.stringify(part)));
  const signingInput = parts.join('.');
  const [kid, alg] = [String(header.kid), String(header.alg)];
  return { header, claims, kid, alg, signingInput, hasPlainClaims: false, hasPlainHeader: false };
});

/** As text, for an object literal would take `__proto__` for something else. */
function writeObject(members: readonly (readonly [string, Json])[]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)}}`;
}

/** JSON of so many levels. */
export function nest(depth: number, isArray: boolean): string {
  return isArray
    ? '['.repeat(depth) + ']'.repeat(depth)
    : `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`;
}

/** A text in base64url. */
export function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** Whatever comes of it is a value or a Refusal. */
export function attempt<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch (thrown) {
    if (!isRefusal(thrown)) {
      throw thrown;
    }
    return undefined;
  }
}
