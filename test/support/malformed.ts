// What the services and files beside the key set may hold, malformed or just odd, and what must come of it.

/** A text, or bytes; and status, reason and detail of the answer. */
export type Row = readonly [name: string, content: string | Buffer, expected: string];

/** What no answer and no log may show: it stands in every row that has room for it. */
export const MARK = 'MarkOfASecretThatNobodyMaySee';

/** Credential of the consumer in the rows. */
export const CONSUMER_KEY = 'alice-key';

/** Its secret, long enough. */
export const CONSUMER_SECRET = `${MARK}-${'s'.repeat(32)}`;

/** Claims of the tokens that are held against revocation lists, beside those of every token. */
export const REVOCABLE = { jti: `id-${MARK}`, sub: 'alice', iat: 1_700_000_000 } as const;

const json = (value: unknown) => JSON.stringify(value);
const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** Texts that are no JSON, whatever they should be; `good` is one that would do. */
function noJson(good: string, expected: string): Row[] {
  return [
    ['space', ' ', expected],
    ['a BOM', `\ufeff${good}`, expected],
    ['a comment', `/* */${good}`, expected],
    ['trailing text', `${good} x`, expected],
    ['twice', good + good, expected],
    ['truncated', good.slice(0, -1), expected],
    ['a trailing comma', `${good.slice(0, -1)},${good.slice(-1)}`, expected],
    ['single quotes', good.replaceAll('"', "'"), expected],
    ['UTF-16', Buffer.from(good, 'utf16le'), expected],
    ['HTML', `<html>${MARK}</html>`, expected],
    ['a control character in a text', good.replace('"', '"\u0001'), expected],
    [
      'too deep',
      `${good.slice(0, -1)},${'['.repeat(30)}${']'.repeat(30)}${good.slice(-1)}`,
      expected,
    ],
    ['bottomless', '['.repeat(20_000), expected],
    ['null', 'null', expected],
    ['a number', '1', expected],
    ['a text', json(MARK), expected],
  ];
}

const SECRET = { key: CONSUMER_KEY, secret: CONSUMER_SECRET };
const ALICE = { id: 'id-alice', username: 'alice', jwt_secrets: [SECRET] };
const consumers = (...all: readonly unknown[]) => json({ consumers: all });
const withSecret = (...all: readonly unknown[]) => consumers({ ...ALICE, jwt_secrets: all });

const BAD_CONSUMERS = '500 cannot_parse/consumers';

/** Files of consumers. The token is one of {@link CONSUMER_KEY}. */
export const CONSUMERS: readonly Row[] = [
  ['good', consumers(ALICE), '200 /'],
  ['only an id', consumers({ ...ALICE, username: undefined }), '200 /'],
  ['only a username', consumers({ ...ALICE, id: undefined }), '200 /'],
  ['members that are null', consumers({ ...ALICE, id: null, custom_id: null }), '200 /'],
  [
    'members that nobody knows',
    json({ _format: '3.0', consumers: [{ ...ALICE, tags: [1] }] }),
    '200 /',
  ],
  ['an algorithm that is said', withSecret({ ...SECRET, algorithm: 'HS256' }), '200 /'],
  [
    'others without credentials',
    consumers({ id: 'x' }, ALICE, { id: 'y', jwt_secrets: [] }),
    '200 /',
  ],
  ['escapes', consumers(ALICE).replace('"key"', '"\\u006bey"'), '200 /'],
  ['nobody', consumers(), '401 unknown_key/kid'],
  ['nobody with credentials', consumers({ id: 'x' }), '401 unknown_key/kid'],
  [
    'a key in other letters',
    withSecret({ ...SECRET, key: CONSUMER_KEY.toUpperCase() }),
    '401 unknown_key/kid',
  ],
  [
    'another secret',
    withSecret({ ...SECRET, secret: `${CONSUMER_SECRET} ` }),
    '401 bad_signature/signature',
  ],
  ['another algorithm', withSecret({ ...SECRET, algorithm: 'HS512' }), '401 bad_algorithm/alg'],
  ['a short secret', withSecret({ ...SECRET, secret: MARK }), '401 unknown_key/unusable'],
  ['nothing', '', BAD_CONSUMERS],
  ...noJson(consumers(ALICE), BAD_CONSUMERS),
  ['an array', json([ALICE]), BAD_CONSUMERS],
  ['no consumers', '{}', BAD_CONSUMERS],
  ['consumers in capitals', json({ Consumers: [ALICE] }), BAD_CONSUMERS],
  ['consumers of an object', json({ consumers: { alice: ALICE } }), BAD_CONSUMERS],
  ['consumers of null', json({ consumers: null }), BAD_CONSUMERS],
  ['consumers in __proto__', `{"__proto__":${consumers(ALICE)}}`, BAD_CONSUMERS],
  ['a consumer that is null', consumers(ALICE, null), BAD_CONSUMERS],
  ['a consumer that is a text', consumers(ALICE, 'bob'), BAD_CONSUMERS],
  ['a consumer that is an array', consumers(ALICE, []), BAD_CONSUMERS],
  ['a consumer without a name', consumers(ALICE, { custom_id: 'x' }), BAD_CONSUMERS],
  ['a consumer with names in __proto__', '{"consumers":[{"__proto__":{"id":"x"}}]}', BAD_CONSUMERS],
  ['an id that is a number', consumers({ ...ALICE, id: 5 }), BAD_CONSUMERS],
  ['an id that is empty', consumers({ ...ALICE, id: '' }), BAD_CONSUMERS],
  ['a username that is an array', consumers({ ...ALICE, username: ['alice'] }), BAD_CONSUMERS],
  ['a custom_id that is a number', consumers({ ...ALICE, custom_id: 1 }), BAD_CONSUMERS],
  ['credentials that are an object', consumers({ ...ALICE, jwt_secrets: SECRET }), BAD_CONSUMERS],
  ['credentials that are a text', consumers({ ...ALICE, jwt_secrets: MARK }), BAD_CONSUMERS],
  ['a credential that is null', withSecret(SECRET, null), BAD_CONSUMERS],
  ['a credential that is a text', withSecret(SECRET, MARK), BAD_CONSUMERS],
  ['a credential without a key', withSecret({ secret: CONSUMER_SECRET }), BAD_CONSUMERS],
  ['a key that is a number', withSecret({ ...SECRET, key: 5 }), BAD_CONSUMERS],
  ['a key that is empty', withSecret({ ...SECRET, key: '' }), BAD_CONSUMERS],
  ['a key that is there twice', withSecret(SECRET, SECRET), BAD_CONSUMERS],
  ['a key that two have', consumers(ALICE, { ...ALICE, id: 'id-bob' }), BAD_CONSUMERS],
  ['an algorithm that is none', withSecret({ ...SECRET, algorithm: 'none' }), BAD_CONSUMERS],
  ['an algorithm in small letters', withSecret({ ...SECRET, algorithm: 'hs256' }), BAD_CONSUMERS],
  ['an algorithm that is a number', withSecret({ ...SECRET, algorithm: 256 }), BAD_CONSUMERS],
  ['an algorithm that is empty', withSecret({ ...SECRET, algorithm: '' }), BAD_CONSUMERS],
  ['an algorithm of Object', withSecret({ ...SECRET, algorithm: 'constructor' }), BAD_CONSUMERS],
  ['no secret', withSecret({ key: CONSUMER_KEY }), BAD_CONSUMERS],
  ['a secret that is a number', withSecret({ ...SECRET, secret: 5 }), BAD_CONSUMERS],
  ['a secret that is empty', withSecret({ ...SECRET, secret: '' }), BAD_CONSUMERS],
  [
    'a secret that is an array',
    withSecret({ ...SECRET, secret: [CONSUMER_SECRET] }),
    BAD_CONSUMERS,
  ],
  ['RS256 with a secret', withSecret({ ...SECRET, algorithm: 'RS256' }), BAD_CONSUMERS],
  ['RS256 with a text', withSecret({ ...SECRET, algorithm: 'RS256', jwk: MARK }), BAD_CONSUMERS],
  [
    'RS256 with another type',
    withSecret({ ...SECRET, algorithm: 'RS256', jwk: { kty: 'oct', k: MARK } }),
    BAD_CONSUMERS,
  ],
  [
    'over 1 MiB',
    consumers({ ...ALICE, x: 'x'.repeat(1_048_576) }),
    '500 keys_unavailable/auth_jwt_consumers_file',
  ],
];

const BAD_LIST = '500 cannot_parse/revocation';

/** Revocation lists. The token has the claims {@link REVOCABLE}, and its `kid` is `ES256`. */
export const REVOCATIONS: readonly Row[] = [
  ['good', json([{ jti: 'x' }, 'y', { sub: 'bob' }, { kid: 'z' }]), '200 /'],
  ['empty array', '[]', '200 /'],
  ['members that nobody knows', json([{ jti: 'x', comment: REVOCABLE.jti, at: 5 }]), '200 /'],
  ['tokens of before', json([{ sub: 'alice', issued_before: REVOCABLE.iat }]), '200 /'],
  [
    'the value of another kind',
    json([{ jti: 'alice' }, { sub: REVOCABLE.jti }, { kid: 'alice' }]),
    '200 /',
  ],
  ['other letters', json([{ sub: 'Alice' }, { kid: 'es256' }]), '200 /'],
  ['a name of Object', json(['__proto__', { sub: 'constructor' }]), '200 /'],
  ['the jti', json([{ jti: REVOCABLE.jti }]), '401 revoked/jti'],
  ['the jti by itself', json([REVOCABLE.jti]), '401 revoked/jti'],
  ['the jti in escapes', json([REVOCABLE.jti]).replace('M', '\\u004d'), '401 revoked/jti'],
  ['the sub', json([{ sub: 'alice' }]), '401 revoked/sub'],
  [
    'the sub of just before',
    json([{ sub: 'alice', issued_before: REVOCABLE.iat + 1 }]),
    '401 revoked/sub',
  ],
  [
    'the sub with two times',
    json([{ sub: 'alice', issued_before: 1 }, { sub: 'alice' }]),
    '401 revoked/sub',
  ],
  ['the kid', json([{ kid: 'ES256' }]), '401 revoked/kid'],
  ['nothing', '', BAD_LIST],
  ...noJson(json([REVOCABLE.jti]), BAD_LIST),
  ['an object', json({ jti: REVOCABLE.jti }), BAD_LIST],
  ['a list in an object', json({ revoked: [REVOCABLE.jti] }), BAD_LIST],
  ['an entry that is null', json(['x', null]), BAD_LIST],
  ['an entry that is a number', json(['x', 5]), BAD_LIST],
  ['an entry that is an array', json(['x', ['y']]), BAD_LIST],
  ['an entry that is empty', json(['x', {}]), BAD_LIST],
  ['an empty text', json(['x', '']), BAD_LIST],
  ['a kind that nobody knows', json([{ iss: 'x' }]), BAD_LIST],
  ['a kind in capitals', json([{ JTI: 'x' }]), BAD_LIST],
  ['a kind in __proto__', '[{"__proto__":{"jti":"x"}}]', BAD_LIST],
  ['two kinds', json([{ jti: 'x', sub: 'alice' }]), BAD_LIST],
  ['a jti that is a number', json([{ jti: 5 }]), BAD_LIST],
  ['a jti that is null', json([{ jti: null }]), BAD_LIST],
  ['a jti that is empty', json([{ jti: '' }]), BAD_LIST],
  ['a time that is a text', json([{ sub: 'bob', issued_before: '1767225600' }]), BAD_LIST],
  ['a time that is null', json([{ sub: 'bob', issued_before: null }]), BAD_LIST],
  ['half a character', '["\\ud800"]', BAD_LIST],
  ['a time that is too large', '[{"sub":"bob","issued_before":1e400}]', BAD_LIST],
  ['a time for a jti', json([{ jti: 'x', issued_before: 1 }]), BAD_LIST],
  ['10001 entries', json(Array.from({ length: 10_001 }, (_, index) => `x${index}`)), BAD_LIST],
  ['over 1 MiB', json(['x'.repeat(1_048_577)]), '500 keys_unavailable/auth_jwt_revocation_file'],
];

const GOOD = {
  active: true,
  iss: 'https://idp.example.com/',
  aud: 'orders',
  sub: MARK,
  exp: 4_102_444_800,
};
const told = (more: object) => json({ ...GOOD, ...more });
/** With the text of a value that no object can hold. */
const said = (name: string, value: string) => `${json(GOOD).slice(0, -1)},"${name}":${value}}`;

const BAD_ANSWER = '500 cannot_parse/introspection';

/** Answers of an introspection endpoint, with status 200. */
export const INTROSPECTIONS: readonly Row[] = [
  ['good', json(GOOD), '200 /'],
  ['white space', ` \r\n\t${json(GOOD)}\n`, '200 /'],
  ['escapes', json(GOOD).replace('"active"', '"\\u0061ctive"'), '200 /'],
  ['members that nobody knows', told({ act: { sub: 'x' }, ext: [{}] }), '200 /'],
  ['__proto__', said('__proto__', '{"active":false}'), '200 /'],
  ['not active', told({ active: false }), '401 not_active/inactive'],
  ['not active, and that is all', json({ active: false }), '401 not_active/inactive'],
  ['not active the second time', said('active', 'false'), '401 not_active/inactive'],
  ['expired', told({ exp: 1 }), '401 not_active/expired'],
  ['not yet valid', told({ nbf: 4_102_444_800 }), '401 not_active/not_yet_valid'],
  ['no exp', told({ exp: undefined }), '401 bad_claim/exp'],
  ['exp of null', told({ exp: null }), '401 invalid_jwt/exp'],
  ['exp of text', told({ exp: '4102444800' }), '401 invalid_jwt/exp'],
  ['exp of no number', said('exp', '1e400'), '401 invalid_jwt/exp'],
  ['nbf of text', told({ nbf: '1' }), '401 invalid_jwt/nbf'],
  ['another issuer', told({ iss: 'https://idp.example.com' }), '401 bad_issuer/iss'],
  ['issuers', told({ iss: [GOOD.iss] }), '401 bad_issuer/iss'],
  ['no issuer', told({ iss: undefined }), '401 bad_issuer/iss'],
  ['a bound token', told({ cnf: { jkt: 'x' } }), '401 bad_binding/cnf'],
  ['another audience', told({ aud: ['billing'] }), '401 bad_audience/aud'],
  ['no audience', told({ aud: undefined }), '401 bad_audience/aud'],
  ['nothing', '', '500 bad_introspection/auth_jwt_introspection_request'],
  ...noJson(json(GOOD), BAD_ANSWER),
  ['an array', json([GOOD]), BAD_ANSWER],
  ['true', 'true', BAD_ANSWER],
  ['no active', told({ active: undefined }), BAD_ANSWER],
  ['active in capitals', told({ active: undefined, Active: true }), BAD_ANSWER],
  ['active in __proto__', `{"__proto__":${json(GOOD)}}`, BAD_ANSWER],
  ['active in an object', json({ token: GOOD }), BAD_ANSWER],
  ...['null', '1', '0', '"true"', '"active"', '[true]', '{}'].map(
    (active): Row => [`active of ${active}`, said('active', active), BAD_ANSWER],
  ),
  ['no UTF-8', latin1(json(GOOD).replace(MARK, `${MARK}\xff`)), BAD_ANSWER],
  ['an overlong character', latin1(json(GOOD).replace(MARK, `${MARK}\xc0\xaf`)), BAD_ANSWER],
  ['a leading zero', said('x', '01'), BAD_ANSWER],
  ['NaN', said('x', 'NaN'), BAD_ANSWER],
  ['a bad escape', said('x', '"\\x41"'), BAD_ANSWER],
  ['a JWT (RFC 9701)', 'eyJhbGciOiJub25lIn0.eyJhY3RpdmUiOnRydWV9.', BAD_ANSWER],
  ['a form', 'active=true&sub=alice', BAD_ANSWER],
];

const USER = { sub: 'alice', note: MARK };
const user = (more: object) => json({ ...USER, ...more });
const userSaid = (name: string, value: string) => `${json(USER).slice(0, -1)},"${name}":${value}}`;

/** Answers of a login service, with status 200. What is not signed is 502. */
export const LOGINS: readonly Row[] = [
  ['good', json({ sub: 'alice' }), '200'],
  ['no claims', '{}', '200'],
  ['white space', ' \n{"sub" : "alice"}\n', '200'],
  ['__proto__', '{"sub":"alice","__proto__":{"admin":true}}', '200'],
  ['its own names, deeper', '{"sub":"alice","act":{"iss":"x","exp":1}}', '200'],
  ['its own names, in capitals', '{"sub":"alice","ISS":"x","Exp":1}', '200'],
  ['a name twice', '{"sub":"mallory","sub":"alice"}', '200'],
  ['nothing', '', '502'],
  ...noJson(json(USER), '502'),
  ['an array', json([USER]), '502'],
  ['true', 'true', '502'],
  ...['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'].flatMap((name): Row[] => [
    [`${name} of text`, user({ [name]: 'x' }), '502'],
    [`${name} of null`, user({ [name]: null }), '502'],
    [`${name} of a number`, user({ [name]: 1 }), '502'],
  ]),
  ['an iss in escapes', userSaid('\\u0069ss', '"https://evil.example/"'), '502'],
  ['an exp twice', userSaid('exp":1,"exp', '4102444800'), '502'],
  ['a number that is rounded', userSaid('uid', '12345678901234567890'), '502'],
  ['a number that is too large', userSaid('uid', '1e400'), '502'],
  ['a number that is rounded, deeper', userSaid('a', '[{"b":9007199254740993}]'), '502'],
  ['half a character', userSaid('uid', '"\\ud800"'), '502'],
  ['half a character in a name, deeper', userSaid('a', '[{"\\udfff":1}]'), '502'],
  ['a fraction of 17 digits', '{"sub":"alice","score":0.30000000000000004}', '200'],
  ['a leading zero', userSaid('x', '01'), '502'],
  ['NaN', userSaid('x', 'NaN'), '502'],
  ['a bad escape', userSaid('x', '"\\x41"'), '502'],
  ['no UTF-8', latin1(json(USER).replace(MARK, `${MARK}\xff`)), '502'],
  ['a surrogate in UTF-8', latin1(json(USER).replace(MARK, `${MARK}\xed\xa0\x80`)), '502'],
  ['longer than any token', user({ x: 'x'.repeat(20_000) }), '502'],
  ['nearly as long as a token', user({ x: 'x'.repeat(13_000) }), '502'],
  ['a form', 'sub=alice', '502'],
];

/** Statuses of a login service that are handed on, and those of an endpoint that vouch for nobody. */
export const STATUSES = [
  201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 429, 500, 503,
] as const;
