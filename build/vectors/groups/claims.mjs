// What the claims say once the signature is good: times, audience, issuer, names of Object.prototype.

import { Group } from '../cases.mjs';
import { H1, octJwk } from '../keys.mjs';
import { CLAIMS, HS, hs, NOW, RS, rs, token, unsigned } from '../tokens.mjs';

const JSON_CLAIMS = JSON.stringify(CLAIMS);

/**
 * Claims with a value that is given as text, for what no object can hold.
 *
 * @param {string} name
 * @param {string} value
 */
const withText = (name, value) => `${JSON_CLAIMS.slice(0, -1)},"${name}":${value}}`;

const NO_TIMES = [
  ...[
    'null',
    'true',
    'false',
    '""',
    '"4102444800"',
    '"never"',
    '"2099-01-01T00:00:00Z"',
    '[]',
    '[4102444800]',
  ],
  ...['{}', '{"$date":4102444800}', '1e400', '-1e400'],
];

export function times() {
  const group = new Group('time', 'RFC 7519 2, 4.1.4-4.1.6: a NumericDate is a JSON number');
  for (const name of ['exp', 'nbf', 'iat']) {
    for (const value of NO_TIMES) {
      group.invalid(`${name}-${value}`, `invalid_jwt/${name}`, {
        token: token(HS, withText(name, value)),
      });
    }
  }
  for (const value of ['0', '-0', '-1', '1', '1e3', '1699999999.999', '-1e308', '0.1', '5e-324']) {
    group.invalid(`exp-past-${value}`, 'not_active/expired', {
      token: token(HS, withText('exp', value)),
    });
  }
  for (const value of [
    '4102444800.5',
    '4.1024448e9',
    '41024448E2',
    '1e300',
    '9007199254740993',
    '1.7976931348623157e308',
  ]) {
    group.valid(`exp-future-${value}`, { token: token(HS, withText('exp', value)) });
    group.invalid(`nbf-future-${value}`, 'not_active/not_yet_valid', {
      token: token(HS, withText('nbf', value)),
    });
    group.valid(
      `iat-future-${value}`,
      { token: token(HS, withText('iat', value)) },
      'RFC 7519 4.1.6: iat decides nothing by itself',
    );
  }
  for (const value of ['0', '-1', '-1e308', '1', '1699999999.5']) {
    group.valid(`nbf-past-${value}`, { token: token(HS, withText('nbf', value)) });
  }
  const { exp: _exp, iat: _iat, ...timeless } = CLAIMS;
  group.valid(
    'none-at-all',
    { token: token(HS, timeless) },
    'RFC 7519 4.1: they are optional; the policy here does not ask for them',
  );
  group.invalid('exp-missing-required', 'bad_claim/jwt_claim_exp', {
    token: token(HS, timeless),
    policy: { required: ['exp'] },
  });
  group.invalid('exp-before-nbf', 'not_active/expired', {
    token: token(HS, { ...CLAIMS, exp: 1, nbf: 4102444800 }),
  });
  clock(group);
  return group.cases;
}

/** @param {Group} group */
function clock(group) {
  const at = (/** @type {object} */ claims, leeway = 0) => ({
    token: token(HS, { ...CLAIMS, ...claims }),
    now: NOW,
    ...(leeway ? { policy: { leeway } } : {}),
  });
  const rule = 'RFC 7519 4.1.4: on or after exp it MUST NOT be accepted';
  group.invalid('exp-this-second', 'not_active/expired', at({ exp: NOW }), rule);
  group.valid('exp-next-second', at({ exp: NOW + 1 }), rule);
  group.valid('exp-fraction-ahead', at({ exp: NOW + 0.001 }), rule);
  group.invalid('exp-fraction-past', 'not_active/expired', at({ exp: NOW - 0.001 }), rule);
  group.invalid('exp-at-leeway', 'not_active/expired', at({ exp: NOW - 10 }, 10), rule);
  group.valid('exp-within-leeway', at({ exp: NOW - 9 }, 10), rule);
  group.valid('nbf-this-second', at({ nbf: NOW }), 'RFC 7519 4.1.5');
  group.invalid(
    'nbf-next-second',
    'not_active/not_yet_valid',
    at({ nbf: NOW + 1 }),
    'RFC 7519 4.1.5',
  );
  group.invalid(
    'nbf-fraction-ahead',
    'not_active/not_yet_valid',
    at({ nbf: NOW + 0.001 }),
    'RFC 7519 4.1.5',
  );
  group.valid('nbf-at-leeway', at({ nbf: NOW + 10 }, 10), 'RFC 7519 4.1.5');
  group.invalid(
    'nbf-beyond-leeway',
    'not_active/not_yet_valid',
    at({ nbf: NOW + 11 }, 10),
    'RFC 7519 4.1.5',
  );
}

export function identities() {
  const group = new Group(
    'identity',
    'RFC 7519 4.1.1, 4.1.3: compared exactly, and of the right type',
  );
  const audience = { audience: 'api' };
  const issuer = { issuer: 'https://issuer.example' };
  const noAudiences = [
    ...[
      null,
      0,
      true,
      '',
      'API',
      ' api',
      'api ',
      'api,web',
      'api web',
      'ap',
      'apis',
      'аpi',
      'api\u0000',
      '*',
      '.*',
    ],
    ...[
      [],
      [null],
      [0],
      ['API'],
      [['api']],
      [{ aud: 'api' }],
      ['web', 'api web'],
      {},
      { api: true },
      { 0: 'api', length: 1 },
    ],
  ];
  for (const aud of noAudiences) {
    group.invalid(`aud-${JSON.stringify(aud)}`, 'bad_audience/aud', {
      token: token(HS, { ...CLAIMS, aud }),
      policy: audience,
    });
  }
  for (const aud of [
    'api',
    ['api'],
    ['web', 'api'],
    ['api', 5],
    [null, 'api'],
    ['api', 'api'],
    ['', 'api'],
  ]) {
    group.valid(`aud-${JSON.stringify(aud)}`, {
      token: token(HS, { ...CLAIMS, aud }),
      policy: audience,
    });
  }
  const { aud: _aud, iss: _iss, ...nobody } = CLAIMS;
  group.invalid('aud-missing', 'bad_audience/aud', { token: token(HS, nobody), policy: audience });
  group.invalid('aud-in-header-only', 'bad_audience/aud', {
    token: token({ ...HS, aud: 'api' }, nobody),
    policy: audience,
  });
  group.valid('aud-not-asked-for', { token: token(HS, nobody) });
  const noIssuers = [
    ...[
      null,
      0,
      true,
      '',
      [],
      ['https://issuer.example'],
      {},
      'https://issuer.example/',
      'https://ISSUER.example',
    ],
    ...[
      'HTTPS://issuer.example',
      'https://issuer.example:443',
      'https://issuer.example.attacker.example',
    ],
    ...[
      'https://issuer.example@attacker.example',
      'https://issuer.exampl\u0435',
      ' https://issuer.example',
      'issuer.example',
    ],
    ...['https://issuer.example\u0000', 'https://issuer%2Eexample', 'any', '*'],
  ];
  for (const iss of noIssuers) {
    group.invalid(`iss-${JSON.stringify(iss)}`, 'bad_issuer/iss', {
      token: token(HS, { ...CLAIMS, iss }),
      policy: issuer,
    });
  }
  group.invalid('iss-missing', 'bad_issuer/iss', { token: token(HS, nobody), policy: issuer });
  group.invalid('iss-in-header-only', 'bad_issuer/iss', {
    token: token({ ...HS, ...CLAIMS }, nobody),
    policy: issuer,
  });
  group.valid('iss', { token: token(HS), policy: issuer });
  group.valid('iss-escaped', {
    token: token(HS, JSON_CLAIMS.replace('issuer.', '\\u0069ssuer.')),
    policy: issuer,
  });
  group.valid('iss-second-of-policy', {
    token: token(HS),
    policy: { issuer: ['https://other.example', 'https://issuer.example'] },
  });
  types(group);
  return group.cases;
}

/** @param {Group} group */
function types(group) {
  const rule = 'RFC 8725 3.11, RFC 9068 4: typ, without case and application/';
  const policy = { typ: 'at+jwt' };
  for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt']) {
    group.valid(`typ-${typ}`, { token: token({ ...HS, typ }), policy }, rule);
  }
  for (const typ of [
    'JWT',
    '',
    'at',
    'at+jwt ',
    'application/application/at+jwt',
    'x/at+jwt',
    'at+jwt;v=1',
    'at jwt',
    'аt+jwt',
  ]) {
    group.invalid(`typ-${typ}`, 'bad_claim/typ', { token: token({ ...HS, typ }), policy }, rule);
  }
  group.invalid('typ-missing', 'bad_claim/typ', { token: token(HS), policy }, rule);
  group.invalid(
    'typ-in-the-claims',
    'bad_claim/typ',
    { token: token(HS, { ...CLAIMS, typ: 'at+jwt' }), policy },
    rule,
  );
}

export function prototypes() {
  const group = new Group(
    'prototype',
    'design 2.5.4: what a token names finds nothing of Object.prototype',
  );
  const { aud: _aud, iss: _iss, ...nobody } = CLAIMS;
  const text = JSON.stringify(nobody).slice(0, -1);
  const policy = { audience: 'api', issuer: 'https://issuer.example' };
  group.invalid('iss-in-__proto__', 'bad_issuer/iss', {
    token: token(HS, `${text},"__proto__":{"iss":"https://issuer.example","aud":"api"}}`),
    policy,
  });
  group.invalid('aud-in-__proto__', 'bad_audience/aud', {
    token: token(HS, `${text},"iss":"https://issuer.example","__proto__":{"aud":"api"}}`),
    policy,
  });
  group.invalid('alg-in-__proto__', 'bad_algorithm/alg', {
    token: token('{"kid":"h1","__proto__":{"alg":"HS256"}}'),
  });
  group.invalid('kid-in-__proto__', 'unknown_key/kid', {
    token: token('{"alg":"HS256","__proto__":{"kid":"h1"},"kid":"x"}'),
  });
  group.invalid('exp-beside-__proto__', 'not_active/expired', {
    token: token(HS, '{"__proto__":{"exp":4102444800},"exp":1}'),
  });
  group.invalid('required-toString', 'bad_claim/jwt_claim_tenant', {
    token: token(HS, `${text},"__proto__":{"tenant":"acme"}}`),
    policy: { required: ['tenant'] },
  });
  group.invalid('key-in-__proto__', 'unknown_key/kid', {
    token: token(HS),
    keys: { text: `{"keys":[{"__proto__":${JSON.stringify(octJwk(H1, { kid: 'h1' }))}}]}` },
  });
  group.invalid('keys-in-__proto__', 'cannot_parse/jwks', {
    token: token(HS),
    keys: { text: `{"__proto__":{"keys":[${JSON.stringify(octJwk(H1, { kid: 'h1' }))}]}}` },
  });
  for (const name of [
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'toString',
    'valueOf',
    'toJSON',
    'then',
    'length',
  ]) {
    group.valid(`claim-${name}`, {
      token: token(HS, `${JSON_CLAIMS.slice(0, -1)},"${name}":{"x":null}}`),
    });
    group.valid(`header-${name}`, {
      token: token(`{"alg":"HS256","kid":"h1","${name}":{"x":null}}`),
    });
  }
  return group.cases;
}

export function order() {
  const group = new Group(
    'order',
    'design 2.5.2: the signature before the claims, and before that the algorithm and the key',
  );
  const bad = () => Buffer.alloc(32, 1);
  const spoiled = {
    expired: { exp: 1 },
    'not-yet-valid': { nbf: 4102444800 },
    'exp-text': { exp: 'never' },
    'other-issuer': { iss: 'x' },
    'other-audience': { aud: 'x' },
  };
  const policy = { issuer: 'https://issuer.example', audience: 'api', required: ['sub'] };
  for (const [name, claims] of Object.entries(spoiled)) {
    const all = { ...CLAIMS, ...claims };
    group.invalid(`${name}-and-signature`, 'bad_signature/signature', {
      token: token(HS, all, bad),
      policy,
    });
    group.invalid(`${name}-and-kid`, 'unknown_key/kid', {
      token: token({ ...HS, kid: 'x' }, all),
      policy,
    });
    group.invalid(`${name}-and-alg`, 'bad_algorithm/alg', {
      token: token({ ...HS, alg: 'none' }, all, unsigned),
      policy,
    });
    group.invalid(`${name}-and-crit`, 'invalid_jwt/crit', {
      token: token({ ...HS, crit: ['x'] }, all, bad),
      policy,
    });
    group.invalid(`${name}-and-key-set`, 'cannot_parse/jwks', {
      token: token(HS, all),
      keys: { text: '[]' },
      policy,
    });
  }
  group.invalid('kid-and-signature', 'unknown_key/kid', {
    token: token({ ...HS, kid: 'x' }, CLAIMS, bad),
  });
  group.invalid('alg-and-kid', 'bad_algorithm/alg', {
    token: token({ alg: 'none', kid: 'x' }, CLAIMS, bad),
  });
  group.invalid('alg-and-key-set', 'bad_algorithm/alg', {
    token: token({ alg: 'none' }, CLAIMS, bad),
    keys: { text: '[]' },
  });
  group.invalid('payload-and-alg', 'bad_algorithm/alg', {
    token: token({ alg: 'none' }, '[]', unsigned),
  });
  group.invalid('expired-and-issuer', 'not_active/expired', {
    token: token(HS, { ...CLAIMS, exp: 1, iss: 'x' }),
    policy,
  });
  group.invalid('issuer-and-audience', 'bad_issuer/iss', {
    token: token(HS, { ...CLAIMS, iss: 'x', aud: 'x' }),
    policy,
  });
  group.invalid('audience-and-required', 'bad_audience/aud', {
    token: token(HS, { ...CLAIMS, aud: 'x', sub: '' }),
    policy,
  });
  group.invalid('typ-and-expired', 'bad_claim/typ', {
    token: token({ ...HS, typ: 'JWT' }, { ...CLAIMS, exp: 1 }),
    policy: { typ: 'at+jwt' },
  });
  group.valid('all-that-is-asked-for', {
    token: token({ ...HS, typ: 'at+jwt' }, CLAIMS, hs()),
    policy: { ...policy, typ: 'at+jwt' },
  });
  group.valid('all-that-is-asked-for-rsa', { token: token(RS, CLAIMS, rs()), keys: 'rsa', policy });
  return group.cases;
}
