// What the dearest requests cost that the documented limits let through: no token may hold up a worker.

import { generateKeyPairSync, type KeyObject, randomBytes, sign as signBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MAX_RULES } from '../../src/settings/rules.ts';
import { MAX_TOKEN_LENGTH } from '../../src/token/decode.ts';
import { verdictOf } from '../support/client.ts';
import { collidingInNjs, collidingInQuickJs, collidingIntegers } from '../support/collisions.ts';
import { type Connection, get, openConnection } from '../support/connection.ts';
import {
  type IntrospectionServer,
  startIntrospectionServer,
} from '../support/introspection-server.ts';
import { ISSUER, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { type PolicySettings, protect } from '../support/policy.ts';
import { type Door, RUNTIMES } from '../support/runtimes.ts';
import { encodePart, signHmac } from '../support/tokens.ts';
import { readWorkers } from '../support/workers.ts';

/** Of each case so many requests are measured, and so often: what else goes on makes it dearer and never cheaper. */
const REQUESTS = 5;
const ROUNDS = 2;

/** What is too dear is measured again, with the unit: only what stays so is. */
const ATTEMPTS = 6;

/**
 * What a request may cost at most, in verifications of one ES512 signature: machines differ, and so do those that
 * have something else to do; both are measured in the same run. It is 8 ms where one verification takes 0.35, with room for a busy machine.
 */
const BOUND = 24;

/**
 * What a request may cost whose token has no good signature, in verifications of one ES256 signature: anybody can
 * send it. The aim is 20 and 40, 2 ms and 4 ms where one takes 0.1; the rest is for a busy machine.
 */
const BOUNDS_OF_STRANGERS = { qjs: 30, njs: 60 };

/** The same where claims of thousands of items go into a variable: the njs engine is slow to print numbers. */
const BOUNDS_OF_VARIABLES = { qjs: 32, njs: 36 };

/** The same with thousands of values that JavaScript cannot hold. */
const BOUND_OF_VERBATIM = 56;
/** njs 0.8.9 prints fractions wrongly, so that each of them is one. */
const BOUND_OF_FRACTIONS = 110;

/** The njs engine reads consumers.json for each request, as large as it may be. */
const BOUND_OF_CREDENTIALS = 120;

const pair = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const own = pair('P-256');
/** Keys of a set that are all tried: what one costs is a unit. */
const SOME = 4;

/** Keys of a set: many more than are tried for one token. */
const MANY = 40;
const es512 = Array.from({ length: MANY }, () => pair('P-521'));
const es384 = Array.from({ length: MANY }, () => pair('P-384'));
const jwk = ({ publicKey }: { publicKey: KeyObject }, more: object = {}) => ({
  ...publicKey.export({ format: 'jwk' }),
  ...more,
});
const rsa = (bits: number, e: string) => ({
  kty: 'RSA',
  n: Buffer.concat([Buffer.from([0xff]), randomBytes(bits / 8 - 2), Buffer.from([1])]).toString(
    'base64url',
  ),
  e,
});
const E_64 = Buffer.from('ffffffffffffffff', 'hex').toString('base64url');
const OWN = jwk(own, { kid: 'own' });
const SECRET = 'x'.repeat(40);

const FILES: Record<string, string> = {
  '/own.json': JSON.stringify({ keys: [OWN] }),
  '/es512.json': JSON.stringify({ keys: es512.map((each) => jwk(each)) }),
  '/some.json': JSON.stringify({ keys: es512.slice(0, SOME).map((each) => jwk(each)) }),
  '/es384.json': JSON.stringify({ keys: es384.map((each) => jwk(each)) }),
  '/rs2048.json': JSON.stringify({ keys: Array.from({ length: MANY }, () => rsa(2048, 'AQAB')) }),
  '/rs4096.json': JSON.stringify({ keys: Array.from({ length: MANY }, () => rsa(4096, 'AQAB')) }),
  '/rs8192.json': JSON.stringify({ keys: Array.from({ length: MANY }, () => rsa(8192, 'AQAB')) }),
  '/rs4096-e.json': JSON.stringify({ keys: Array.from({ length: MANY }, () => rsa(4096, E_64)) }),
  '/rs8192-e.json': JSON.stringify({ keys: Array.from({ length: MANY }, () => rsa(8192, E_64)) }),
  '/many.json': JSON.stringify({
    keys: Array.from({ length: 255 }, (_, i) => ({ ...rsa(2048, 'AQAB'), kid: `k${i}` })).concat(
      OWN as never,
    ),
  }),
  '/large.json': JSON.stringify({
    keys: Array.from({ length: 255 }, (_, i) => ({
      ...rsa(2048, 'AQAB'),
      kid: `k${i}`,
      x5c: ['A'.repeat(3500)],
    })).concat(OWN as never),
  }),
  '/revoked.json': JSON.stringify(
    Array.from({ length: 10_000 }, (_, i) => `0f8fad5b-d9cb-469f-a165-${1e11 + i}`),
  ),
  '/consumer.json': JSON.stringify({
    consumers: [{ id: '1', jwt_secrets: [{ key: 'k1', secret: SECRET }] }],
  }),
  '/consumers.json': JSON.stringify({
    consumers: Array.from({ length: 1000 }, (_, i) => ({
      id: `${i}`,
      jwt_secrets: [{ key: `k${i}`, secret: SECRET }],
    })),
  }),
};

/** One that a long claim makes dear. */
const RULE = 'a !any no-1 no-2 no-3 no-4';

const POLICIES: Record<string, PolicySettings> = {
  own: {},
  es512: { key_file: '/es512.json' },
  some: { key_file: '/some.json' },
  es384: { key_file: '/es384.json' },
  rs2048: { key_file: '/rs2048.json' },
  rs4096: { key_file: '/rs4096.json' },
  rs8192: { key_file: '/rs8192.json' },
  'rs4096-e': { key_file: '/rs4096-e.json' },
  'rs8192-e': { key_file: '/rs8192-e.json' },
  many: { key_file: '/many.json', key_cooldown: '1h' },
  large: { key_file: '/large.json' },
  any: { require_claims: 'a any variable:http_x_list' },
  anylist: {
    require_claims: `a any ${Array.from({ length: 64 }, (_, i) => `v${i}`).join(' ')}`,
  },
  glob: { require_claims: `a match ${'*ab'.repeat(64)}*c` },
  revoked: { revocation_file: '/revoked.json' },
  rules: { require_claims: Array.from({ length: MAX_RULES }, () => RULE).join(';') },
  asked: { key_file: '', introspection_request: '/_introspect', introspection_cache: '1m' },
  consumer: { key_file: '', consumers_file: '/consumers.json', issuer: 'any' },
  'one-consumer': { key_file: '', consumers_file: '/consumer.json', issuer: 'any' },
  // As in docs/recipes/several-issuers.md: each map asks what the token says.
  'several-issuers': {
    key_file: '$file_of_issuer',
    issuer: '$issuer_of_token',
    audience: '$audience_of_issuer',
    algorithms: '$algorithms_of_issuer',
    typ: '$typ_of_kid',
    token_from: 'header:Authorization cookie:t query:t',
  },
  query: { token_from: 'query:t' },
  jar: { token_from: 'cookie:t' },
  open: { '': 'off', token_from: 'query:t' },
  roles: { roles: Array.from({ length: 64 }, (_, i) => `r${i}`).join(' '), roles_claim: 'a' },
  scopes: { scopes: Array.from({ length: 64 }, (_, i) => `s${i}`).join(' ') },
  exported: { claim_set: 'exported=a' },
  json: {},
  cookie: { token_from: 'header:Authorization cookie:t' },
  login: { login_url: '/login', token_from: 'header:Authorization query:t' },
  protocol: { token_from: 'header:Authorization protocol' },
  audience: { audience: Array.from({ length: 64 }, (_, i) => `a${i}`).join(' ') },
};

/** What uses the variables, by policy. */
const INSIDE: Record<string, string> = {
  exported: 'add_header X-Claim $exported;',
  json: 'add_header X-Claims $jwt_claims;',
  open: 'add_header X-URI $jwt_redacted_uri;',
};

/** Verifies one signature as often as it is asked to: what that takes is the unit for strangers. */
const VERIFICATIONS = 200;
const SIGNED = Buffer.from('signed');
const UNIT = `
  var ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  var signature = Buffer.from('${signBytes('sha256', SIGNED, { key: own.privateKey, dsaEncoding: 'ieee-p1363' }).toString('hex')}', 'hex');
  function verify(r) {
    return crypto.subtle.importKey('jwk', ${JSON.stringify(jwk(own))}, ecdsa, false, ['verify'])
      .then(function (key) { return repeat(r, key, Number(r.args.times)); });
  }
  function repeat(r, key, times) {
    if (times === 0) { r.return(200, ''); return undefined; }
    return crypto.subtle.verify(ecdsa, key, signature, Buffer.from('signed'))
      .then(function () { return repeat(r, key, times - 1); });
  }
  export default { verify: verify };`;

const MAPS = `
  map $jwt_unverified_iss $file_of_issuer { a /a.json; default /own.json; }
  map $jwt_unverified_iss $issuer_of_token { a a; default ${ISSUER}; }
  map $jwt_unverified_iss $audience_of_issuer { a a; default ""; }
  map $jwt_unverified_iss $algorithms_of_issuer { a RS256; default ES256; }
  map $jwt_unverified_kid $typ_of_kid { a a; default ""; }`;

let serial = 0;

/** A number that no other token has. */
function next(): number {
  serial += 1;
  return serial;
}

/** A token whose payload is this text and a number of its own, signed by our key. */
function token(
  claims: string,
  key: KeyObject = own.privateKey,
  alg = 'ES256',
  kid?: string,
): string {
  const payload = `{"iss":"${ISSUER}","exp":${now() + 600},"jti":"${next()}",${claims}}`;
  const input = `${encodePart({ alg, kid })}.${encodePart(payload)}`;
  const hash = { ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' }[alg];
  return `${input}.${signBytes(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** Room for a text in a claim `a`. */
const ROOM = Math.floor(((MAX_TOKEN_LENGTH - 250) * 3) / 4) - 100;
const fill = (piece: string, open = '', end = '', room = ROOM) =>
  `"a":${open}${piece.repeat(Math.floor((room - open.length - end.length) / Buffer.byteLength(piece)))}${end}`;
const wrong = (text: string) => `${text.slice(0, -9)}AAAAAAAAA`;
const stray = (alg: string, length: number, kid?: string) =>
  `${encodePart({ alg, kid })}.${encodePart(`{"jti":"${next()}"}`)}.${Buffer.alloc(length, 1).toString('base64url')}`;

/** Of the runtime that is measured. */
let endpoint: IntrospectionServer | undefined;

/** A token of which the endpoint says this, and a number of its own. */
function opaque(claims: string): string {
  const name = `opaque-${next()}`;
  const body = `{"active":true,"iss":"${ISSUER}","exp":${now() + 600},${claims}}`;
  (endpoint as IntrospectionServer).tokens[name] = { body };
  return name;
}

/** Room for a text in an answer of an endpoint. */
const ANSWER_ROOM = MAX_TOKEN_LENGTH - 200;

/** Name, policy, token, verdict, further headers, arguments. */
type Case = readonly [
  name: string,
  policy: string,
  make: () => string,
  verdict: string,
  headers?: Record<string, string>,
  args?: string,
];

/** As many texts as there is room for, no two the same. */
const DIFFERENT = Array.from({ length: 1700 }, (_, index) => `"${index.toString(36)}"`).join();
/** Of claims that go into variables, by what takes an engine long. */
const SHAPES: Record<string, readonly [piece: string, open: string, end: string]> = {
  text: ['x', '"', '"'],
  unicode: ['é', '"', '"'],
  'wide unicode': ['😀', '"', '"'],
  'some unicode': ['aé', '"', '"'],
  numbers: ['1,', '[', '1]'],
  'negative numbers': ['-1,', '[', '1]'],
  'fractional numbers': ['1.5,', '[', '1]'],
  'long numbers': ['1.234567e-301,', '[', '1]'],
  'rounded numbers': ['9007199254740993,', '[', '1]'],
  'short fractions': ['0.4312,', '[', '1]'],
  'halves of characters': ['"\\ud800",', '[', '""]'],
  'pairs of halves': ['\\ud83d\\ude00', '"\\ud800', '"'],
  'texts of unicode': ['"é",', '[', '""]'],
  objects: ['{},', '[', '{}]'],
  nested: [`${'['.repeat(22)}${']'.repeat(22)},`, '[', '[]]'],
  mixed: ['{},"",', '[', '1]'],
};

const NO_KEY = 'ES512, no key';
const SOME_KEYS = 'ES512, some keys';
const CREDENTIALS = '1000 credentials';
const WORDS = { 'X-List': Array.from({ length: 64 }, (_, index) => `v${index}`).join(' ') };

/** A token with this header and payload, whose signature is worth nothing. */
const forgery = (header: string, payload: string, alg = 'ES256') =>
  [
    encodePart(`{"alg":"${alg}"${header}}`),
    encodePart(`{"jti":"${next()}"${payload}}`),
    Buffer.alloc(alg === 'ES256' ? 64 : 32, 1).toString('base64url'),
  ].join('.');

const membersOf = (names: readonly string[], length: number) => {
  const members = names.map((name) => `,"${name}":1`);
  return members.slice(0, Math.floor(length / (members[0] as string).length)).join('');
};

/** What anybody can write into a header or a payload of this length. */
const textsOf = (length: number): Record<string, string> => ({
  text: `,"a":"${'x'.repeat(length)}"`,
  unicode: `,"a":"${'é'.repeat(length / 2)}"`,
  'QuickJS names': membersOf(collidingInQuickJs(1400), length),
  'njs names': membersOf(collidingInNjs(1000), length),
  integers: membersOf(collidingIntegers(1500), length),
  repeated: membersOf(Array(1400).fill('iss'), length),
  'escaped names': membersOf(Array(1400).fill('\\u0069ss'), length),
  'few names': `${membersOf(collidingInQuickJs(250), length)},"a":"${'x'.repeat(length / 2)}"`,
  texts: `,"a":[${'"",'.repeat(length / 3)}""]`,
  'names and texts': `${membersOf(collidingInQuickJs(300), length)},"a":[${'"",'.repeat(400)}""]`,
  numbers: `,"a":[${'1,'.repeat(length / 2)}1]`,
  'long numbers': `,"a":[${'1.234567e-301,'.repeat(length / 14)}1]`,
  digits: `,"a":${'1'.repeat(length)}`,
  objects: `,"a":[${'{},'.repeat(length / 3)}1]`,
  'some objects': `,"a":[${'{},'.repeat(Math.min(1000, length / 6))}${' '.repeat(length / 2)}1]`,
  nested: `,"a":[${`${'['.repeat(20)}${']'.repeat(20)},`.repeat(length / 41)}1]`,
  deep: `,"a":${'['.repeat(length)}`,
  spaces: `,"a":${' '.repeat(length)}1`,
  quotes: `,"a":"${'\\"'.repeat(length / 2)}"`,
  'some quotes': `,"a":"${'\\"'.repeat(480)}"`,
  backslashes: `,"a":"${'\\\\'.repeat(length / 2)}"`,
  'unicode escapes': `,"a":"${'\\u00e9'.repeat(length / 6)}"`,
});

/** As much as a token has room for. */
const LONG = textsOf(11_800);

/** As much as a header may have whose brackets are counted. */
const { nested, objects, deep, 'some objects': some } = textsOf(1900);
const HEADERS = { '16k': LONG, '2k': { nested, objects, deep, 'some objects': some } };

const { text, numbers, integers, 'QuickJS names': ofQuickJs, 'njs names': ofNjs } = LONG;
const PAYLOADS: Record<string, Record<string, string | undefined>> = {
  own: { text, numbers, integers, 'QuickJS names': ofQuickJs, 'njs names': ofNjs },
  'one-consumer': LONG,
  'several-issuers': LONG,
};

const MEASURES = [SOME_KEYS, NO_KEY];

/** Requests that anybody can send, at a set of which no more than one key is tried. */
function isOfStranger([name, policy, , verdict]: Case): boolean {
  return (
    policy === 'open' ||
    (!verdict.startsWith('passes') &&
      !/claim|roles|audience/.test(verdict) &&
      !name.endsWith('keys'))
  );
}

const strangers = Object.values({
  headers: Object.entries(HEADERS).flatMap(([size, texts]) =>
    Object.entries(texts).map(
      ([name, text]): Case => [
        `${size} header of ${name}`,
        'own',
        () => forgery(`,"x":"${next()}"${text}`, ''),
        '401',
      ],
    ),
  ),
  payloads: Object.entries(PAYLOADS).flatMap(([policy, texts]) =>
    Object.entries(texts).map(([name, text]): Case => {
      const alg = policy === 'one-consumer' ? 'HS256' : 'ES256';
      const make = () => forgery('', `,"iss":"a"${text}`, alg);
      return [`16k payload of ${name}, ${policy}`, policy, make, '401'];
    }),
  ),
  cookies: ['t=;', 'xt=', 'xt=;', ' t=;', 't=x;', ';', ' ', 'x=1; ', 't =;', 'é', 'ét=;'].flatMap(
    (piece) =>
      ['jar', 'several-issuers'].map(
        (policy): Case => [
          `16k cookies ${piece}, ${policy}`,
          policy,
          () => '',
          '401',
          { Cookie: `x=1;${piece.repeat(16_000 / Buffer.byteLength(piece))};x=2` },
        ],
      ),
  ),
  args: [
    't=&',
    'xt=',
    'xt=&',
    't=x&',
    '&',
    'a&',
    '%',
    '%74=&',
    '%74&',
    '%6',
    't&',
    '%74%',
    'access_tokem&',
  ].flatMap((piece) => {
    const args = piece.repeat(8000 / piece.length);
    const browser = { Accept: `text/html${',x/y;q=0;a'.repeat(800)}` };
    return [
      [`8k arguments ${piece}`, 'query', () => '', '401', {}, args],
      [`8k arguments ${piece}, redacted`, 'open', () => '', 'passes', {}, args],
      [`8k arguments ${piece}, redirected`, 'login', () => '', 'login', browser, args],
    ] satisfies Case[];
  }),
  protocols: ['bearer', 'bearer,', ' ', 'é,', 'base64url.bearer.authorization.k8s.io.'].map(
    (piece): Case => [
      `16k subprotocols ${piece}`,
      'protocol',
      () => '',
      '401',
      { 'Sec-WebSocket-Protocol': `x${piece.repeat(16_000 / piece.length)}x` },
    ],
  ),
  opaque: [
    ['inactive', () => 'A'.repeat(16_000) + next(), '401 not_active'],
    ['no token', () => `${'='.repeat(8000)}A`, '401 invalid_jwt'],
  ].map(
    ([name, make, verdict]) => [`16k opaque, ${name}`, 'asked', make, verdict] as unknown as Case,
  ),
  tokens: [
    ['dots', '.'.repeat(16_000)],
    ['two dots', `${'A'.repeat(8000)}.${'A'.repeat(8000)}.`],
    ['no base64url', `${encodePart('{"alg":"ES256"}')}.${'é'.repeat(4000)}.`],
    ['too long', 'A.'.repeat(20_000)],
  ].map(
    ([name, text]): Case => [`a token of ${name}`, 'several-issuers', () => text as string, '401'],
  ),
}).flat();

const CASES: readonly Case[] = [
  ...strangers,
  ['ES256, small', 'own', () => token('"sub":"a"'), 'passes'],
  [NO_KEY, 'es512', () => stray('ES512', 132, 'nobody'), '401 unknown_key'],
  [SOME_KEYS, 'some', () => stray('ES512', 132), '401 bad_signature'],
  ['ES512, all keys', 'es512', () => stray('ES512', 132), '401 bad_signature'],
  ['ES384, all keys', 'es384', () => stray('ES384', 96), '401 bad_signature'],
  ['RS256 of 2048 bits, all keys', 'rs2048', () => stray('RS256', 256), '401 bad_signature'],
  ['RS256 of 4096 bits, all keys', 'rs4096', () => stray('RS256', 512), '401 bad_signature'],
  ['RS256 of 8192 bits, all keys', 'rs8192', () => stray('RS256', 1024), '401 bad_signature'],
  [
    'RS256 of 4096 bits, long exponents, all keys',
    'rs4096-e',
    () => stray('RS256', 512),
    '401 bad_signature',
  ],
  [
    'RS256 of 8192 bits, long exponents, all keys',
    'rs8192-e',
    () => stray('RS256', 1024),
    '401 bad_signature',
  ],
  ['16k text', 'own', () => token(fill('x', '"', '"')), 'passes'],
  ['16k text, wrong', 'own', () => wrong(token(fill('x', '"', '"'))), '401 bad_signature'],
  ['16k numbers', 'own', () => token(fill('1,', '[', '1]')), 'passes'],
  ['16k escapes', 'own', () => token(fill('\\"', '"', '"')), 'passes'],
  ['16k unicode escapes', 'own', () => token(fill('\\u00e9', '"', '"')), 'passes'],
  ['16k unicode', 'own', () => token(fill('é', '"', '"')), 'passes'],
  ['16k texts', 'own', () => token(fill('"x",', '[', '""]')), 'passes'],
  ['16k objects', 'own', () => token(fill('{},', '[', '{}]')), 'passes'],
  [
    '16k nested',
    'own',
    () => token(fill(`${'['.repeat(22)}${']'.repeat(22)},`, '[', '1]')),
    'passes',
  ],
  ['16k too deep', 'own', () => token(fill('[', '', '')), '401 invalid_jwt'],
  [
    '16k members',
    'own',
    () => token(`${Array.from({ length: 1300 }, (_, i) => `"${i}":1`).join(',')}`),
    'passes',
  ],
  ['16k backslashes', 'own', () => token(fill('\\\\', '"', '"')), 'passes'],
  ...['exported', 'json'].flatMap((policy) =>
    Object.entries(SHAPES).map(
      ([name, [piece, open, end]]): Case => [
        `16k ${name}, ${policy}`,
        policy,
        () => token(fill(piece, open, end)),
        'passes',
      ],
    ),
  ),
  ['any variable', 'any', () => token(fill('1,', '[', '1]')), '401 bad_claim', WORDS],
  ['any variable, texts', 'any', () => token(fill('"x",', '[', '"x"]')), '401 bad_claim', WORDS],
  ['any list', 'anylist', () => token(fill('"x",', '[', '"x"]')), '401 bad_claim'],
  [
    'any list, rounded numbers',
    'anylist',
    () => token(fill('9007199254740993,', '[', '1]')),
    '401 bad_claim',
  ],
  [
    'any variable, rounded numbers',
    'any',
    () => token(fill('9007199254740993,', '[', '1]')),
    '401 bad_claim',
    WORDS,
  ],
  ['any list, numbers', 'anylist', () => token(fill('1,', '[', '1]')), '401 bad_claim'],
  ['glob', 'glob', () => token(fill('ab', '"', 'bc"')), 'passes'],
  ['glob, unicode', 'glob', () => token(fill('abé', '"', 'bc"')), 'passes'],
  ...['xt=', ';', ' ', 'x=1; '].map(
    (piece): Case => [
      `8k cookies ${piece}`,
      'cookie',
      () => token('"sub":"a"'),
      'passes',
      { Cookie: `x=1;${piece.repeat(8000 / piece.length)};x=2` },
    ],
  ),
  ...['x,', ',', 'text/html;;', ';', 'x;q=0,'].map(
    (piece): Case => [
      `8k accepted ${piece}`,
      'login',
      () => wrong(token('"sub":"a"')),
      '401 bad_signature',
      { Accept: `x/${piece.repeat(8000 / piece.length)}` },
    ],
  ),
  ...['x,', ',', 'bearer'].map(
    (piece): Case => [
      `8k subprotocols ${piece}`,
      'protocol',
      () => token('"sub":"a"'),
      'passes',
      { 'Sec-WebSocket-Protocol': `x${piece.repeat(8000 / piece.length)}x` },
    ],
  ),
  [
    '256 keys, unknown',
    'many',
    () => token('"a":1', own.privateKey, 'ES256', 'nobody'),
    '401 unknown_key',
  ],
  ['256 keys, last', 'many', () => token('"a":1', own.privateKey, 'ES256', 'own'), 'passes'],
  ['1 MiB of keys', 'large', () => token('"a":1', own.privateKey, 'ES256', 'own'), 'passes'],
  ['10000 revocations', 'revoked', () => token('"sub":"a"'), 'passes'],
  [
    CREDENTIALS,
    'consumer',
    () => signHmac(SECRET, { iss: 'k999', exp: now() + 60, jti: next() }),
    'passes',
  ],
  ['16k answer, text', 'asked', () => opaque(fill('x', '"', '"', ANSWER_ROOM)), 'passes'],
  ['16k answer, texts', 'asked', () => opaque(fill('"x",', '[', '""]', ANSWER_ROOM)), 'passes'],
  ['16k answer, numbers', 'asked', () => opaque(fill('1,', '[', '1]', ANSWER_ROOM)), 'passes'],
  ['all rules', 'rules', () => token(fill('"x",', '[', '"x"]')), 'passes'],
  ['all rules, all different', 'rules', () => token(`"a":[${DIFFERENT}]`), 'passes'],
  ['all rules, numbers', 'rules', () => token(fill('1,', '[', '1]')), '401 bad_claim'],
  ['64 roles', 'roles', () => token(fill('"x",', '[', '"x"]')), '403 no_roles'],
  [
    '64 scopes',
    'scopes',
    () => token(fill('x ', '"', '"').replace('"a"', '"scope"')),
    '403 no_roles',
  ],
  [
    '64 audiences',
    'audience',
    () => token(fill('"x",', '[', '"x"]').replace('"a"', '"aud"')),
    '401 bad_audience',
  ],
];

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Nginx;
  let connection: Connection;
  let worker: number | undefined;

  beforeAll(async () => {
    endpoint = await startIntrospectionServer();
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(POLICIES).map(([name, settings]) =>
        protect(door, {
          path: `/${door}/${name}`,
          settings: { '': 'limits', key_file: '/own.json', issuer: ISSUER, ...settings },
          inside: `default_type text/plain; alias /srv/index.html; ${INSIDE[name] ?? ''}`,
        }),
      ),
    );
    const http = `js_import unit from /etc/nginx/js/unit.js; js_var $exported; ${MAPS} large_client_header_buffers 8 64k; keepalive_requests 1000000;
      server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      location = /_introspect {
        include /etc/nginx/auth_jwt/auth_jwt_introspection.conf; proxy_pass ${endpoint?.url};
      }
      location = /unit { js_content unit.verify; }
      ${locations.join('\n')} }`;
    nginx = await startNginx(
      runtime,
      configure(runtime, http).replace('stderr info', 'stderr notice'),
      {
        ...FILES,
        '/srv/index.html': 'PROTECTED',
        '/etc/nginx/js/unit.js': UNIT,
      },
    );
    connection = await openConnection(nginx);
    worker = (await readWorkers(nginx))[0]?.pid;
  });
  afterAll(async () => {
    connection?.close();
    await nginx?.[Symbol.asyncDispose]();
    await endpoint?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  /** CPU time of the worker, in milliseconds. */
  async function spent(): Promise<number> {
    return Number((await nginx.exec(`cat /proc/${worker}/schedstat`)).split(' ')[0]) / 1e6;
  }

  /** What it costs to verify one signature, in milliseconds. */
  async function costOfVerification(): Promise<number> {
    const ask = async (times: number) => {
      const before = await spent();
      expect((await connection.exchange(get(`/unit?times=${times}`, ''))).status).toBe(200);
      return (await spent()) - before;
    };
    return ((await ask(VERIFICATIONS)) - (await ask(0))) / VERIFICATIONS;
  }

  /** What a request costs of one kind, in milliseconds. */
  async function costOf(
    door: Door,
    [, policy, make, verdict, headers = {}, args = '']: Case,
  ): Promise<number> {
    const ask = async () => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const path = `/${door}/${policy}?${args}`;
      const request = get(path, make()).replace('\r\n', () => `\r\n${lines.join('')}`);
      const { status, body } = await connection.exchange(request);
      const judged = status === 302 ? 'login' : verdictOf({ status, headers: {}, body });
      expect(judged.slice(0, verdict.length)).toBe(verdict);
    };
    // The first one may have to read a source again, for it has a key that nobody knows.
    await ask();
    const costs: number[] = [];
    let before = await spent();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let count = 0; count < REQUESTS; count += 1) {
        await ask();
      }
      const after = await spent();
      costs.push((after - before) / REQUESTS);
      before = after;
    }
    return Math.min(...costs);
  }

  test.each(runtime.doors)(
    'no request holds up a worker for long: %s',
    { timeout: 480_000 },
    async (door) => {
      const costs: Record<string, number> = {};
      const measure = async (each: Case) => {
        costs[each[0]] = Math.min(costs[each[0]] ?? Infinity, await costOf(door, each));
      };
      let verification = Infinity;
      const units = () => ({
        strangers: verification,
        others: ((costs[SOME_KEYS] ?? 0) - (costs[NO_KEY] ?? 0)) / SOME,
      });
      const unitsOf = (each: Case) =>
        (costs[each[0]] as number) / units()[isOfStranger(each) ? 'strangers' : 'others'];
      const bound = (each: Case) => {
        const [name, policy] = each;
        if (isOfStranger(each)) {
          return BOUNDS_OF_STRANGERS[runtime.engine];
        }
        if (name === CREDENTIALS && runtime.engine === 'njs') {
          return BOUND_OF_CREDENTIALS;
        }
        if (/short fractions/.test(name) && runtime.engine === 'njs') {
          return BOUND_OF_FRACTIONS;
        }
        if (/rounded numbers|halves|short fractions/.test(name)) {
          return BOUND_OF_VERBATIM;
        }
        return INSIDE[policy] === undefined ? BOUND : BOUNDS_OF_VARIABLES[runtime.engine];
      };
      let dear = CASES;
      for (let attempt = 0; attempt < ATTEMPTS && dear.length > 0; attempt += 1) {
        const measures = CASES.filter(([name]) => MEASURES.includes(name));
        verification = Math.min(verification, await costOfVerification());
        for (const each of new Set([...measures, ...dear])) {
          await measure(each);
        }
        dear = CASES.filter((each) => !(unitsOf(each) > 0 && unitsOf(each) <= bound(each)));
      }
      const report = dear.map((each) => ({
        name: each[0],
        milliseconds: costs[each[0]]?.toFixed(2),
        units: unitsOf(each).toFixed(1),
      }));
      if (process.env.FIGURES) {
        const share = (each: Case) => unitsOf(each) / bound(each);
        const lines = [...CASES]
          .sort((one, other) => share(other) - share(one))
          .slice(0, Number(process.env.FIGURES))
          .map((each) => {
            const spentOn = costs[each[0]]?.toFixed(2);
            return `${spentOn} ms, ${unitsOf(each).toFixed(1)} of ${bound(each)} units: ${each[0]}`;
          });
        console.log(
          `a verification of ES256 takes ${verification.toFixed(3)} ms\n${lines.join('\n')}`,
        );
      }
      expect(report).toEqual([]);
    },
  );
});
