// What a token may say of its algorithm: confusion of keys, `none`, names that are none.

import { createHash } from 'node:crypto';
import { Group } from '../cases.mjs';
import { b64, curveJwk, encodePublic, H1, KEYSETS, octJwk, R1, rsaJwk } from '../keys.mjs';
import { CLAIMS, ed, es, goodRs, HS, hs, RS, rs, token, unsigned } from '../tokens.mjs';

/** @typedef {import('../keys.mjs').Jwk} Jwk */

/** @param {unknown} text */
const bytesOf = (text) => Buffer.from(String(text), 'base64url');

/**
 * All that somebody who knows the public key might take for the bytes of a secret.
 *
 * @param {Jwk} jwk
 * @returns {Record<string, Buffer>}
 */
function forms(jwk) {
  const pem = encodePublic(jwk, 'spki', 'pem').toString();
  const der = encodePublic(jwk, 'spki', 'der');
  const thumbprint = JSON.stringify(
    Object.fromEntries(Object.entries(jwk).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
  return {
    'pem-spki': Buffer.from(pem),
    'pem-spki-without-newline': Buffer.from(pem.trimEnd()),
    'pem-spki-crlf': Buffer.from(pem.replaceAll('\n', '\r\n')),
    'pem-spki-one-line': Buffer.from(pem.replaceAll('\n', '')),
    'pem-body': Buffer.from(pem.replace(/-----[^-]+-----|\n/g, '')),
    'der-spki': der,
    'der-spki-hex': Buffer.from(der.toString('hex')),
    'der-spki-base64url': Buffer.from(b64(der)),
    'jwk-json': Buffer.from(JSON.stringify(jwk)),
    'jwk-json-indented': Buffer.from(JSON.stringify(jwk, null, 2)),
    'jwks-json': Buffer.from(JSON.stringify({ keys: [jwk] })),
    'thumbprint-input': Buffer.from(thumbprint),
    thumbprint: createHash('sha256').update(thumbprint).digest(),
    'empty-key': Buffer.alloc(0),
    'zero-bytes': Buffer.alloc(32),
    'kty-text': Buffer.from(String(jwk.kty)),
  };
}

/**
 * @param {Jwk} jwk
 * @returns {Record<string, Buffer>}
 */
function rsaForms(jwk) {
  const n = bytesOf(jwk.n);
  return {
    ...forms(jwk),
    'pem-pkcs1': encodePublic(jwk, 'pkcs1', 'pem'),
    'pem-pkcs1-without-newline': Buffer.from(
      encodePublic(jwk, 'pkcs1', 'pem').toString().trimEnd(),
    ),
    'der-pkcs1': encodePublic(jwk, 'pkcs1', 'der'),
    'n-text': Buffer.from(String(jwk.n)),
    'n-bytes': n,
    'n-bytes-signed': Buffer.concat([Buffer.from([0]), n]),
    'n-hex': Buffer.from(n.toString('hex')),
    'n-decimal': Buffer.from(R1.n.toString()),
    'e-bytes': bytesOf(jwk.e),
  };
}

/**
 * @param {Jwk} jwk
 * @returns {Record<string, Buffer>}
 */
function curveForms(jwk) {
  const [x, y] = [bytesOf(jwk.x), bytesOf(jwk.y ?? '')];
  return {
    ...forms(jwk),
    'x-text': Buffer.from(String(jwk.x)),
    'x-bytes': x,
    ...(jwk.y === undefined
      ? {}
      : {
          'y-bytes': y,
          'x-and-y-bytes': Buffer.concat([x, y]),
          'x-and-y-text': Buffer.from(`${jwk.x}${jwk.y}`),
          'point-uncompressed': Buffer.concat([Buffer.from([4]), x, y]),
          'point-compressed': Buffer.concat([Buffer.from([2 + ((y[31] ?? 0) % 2)]), x]),
        }),
  };
}

export function confusion() {
  const group = new Group('alg-confusion', 'RFC 8725 2.1, 3.1: the key decides, not the token');
  const sets = /** @type {const} */ ([
    ['rsa', 'r1', rsaForms(rsaJwk(R1))],
    ['ec', 'e1', curveForms(curveJwk('e1'))],
    ['ed', 'd1', curveForms(curveJwk('d1'))],
  ]);
  for (const [keys, kid, secrets] of sets) {
    for (const [name, secret] of Object.entries(secrets)) {
      group.invalid(`${keys}-${name}`, 'unknown_key/kid', {
        token: token({ alg: 'HS256', kid }, CLAIMS, hs(secret)),
        keys,
      });
    }
  }
  const some = Object.entries(rsaForms(rsaJwk(R1))).filter(([name]) =>
    ['pem-spki', 'der-spki', 'jwk-json', 'n-bytes'].includes(name),
  );
  for (const [name, secret] of some) {
    for (const alg of ['HS384', 'HS512']) {
      group.invalid(`rsa-${name}-${alg}`, 'unknown_key/kid', {
        token: token({ alg, kid: 'r1' }, CLAIMS, hs(secret, alg)),
        keys: 'rsa',
      });
    }
    group.invalid(`rsa-${name}-without-kid`, 'unknown_key/kid', {
      token: token({ alg: 'HS256' }, CLAIMS, hs(secret)),
      keys: 'rsa',
    });
    group.invalid(`all-${name}-without-kid`, 'bad_signature/signature', {
      token: token({ alg: 'HS256' }, CLAIMS, hs(secret)),
      keys: 'all',
      comment: 'there is a secret in the set, and it is another one',
    });
    group.invalid(`all-${name}-kid-of-the-secret`, 'bad_signature/signature', {
      token: token(HS, CLAIMS, hs(secret)),
      keys: 'all',
    });
  }
  group.invalid('rsa-signature-for-the-secret', 'unknown_key/kid', {
    token: token({ alg: 'RS256', kid: 'h1' }, CLAIMS, rs()),
    keys: 'all',
    comment: 'RS256 by a key of the set, under the kid of a secret',
  });
  group.invalid('ec-signature-for-the-rsa-key', 'unknown_key/kid', {
    token: token({ alg: 'ES256', kid: 'r1' }, CLAIMS, es()),
    keys: 'all',
  });
  group.valid('all-rs256', { token: goodRs(), keys: 'all' });
  group.valid('all-hs256', { token: token(HS), keys: 'all' });
  group.valid('all-hs256-without-kid', { token: token({ alg: 'HS256' }), keys: 'all' });
  group.valid('all-es256-without-kid', {
    token: token({ alg: 'ES256' }, CLAIMS, es()),
    keys: 'all',
  });
  const pem = encodePublic(rsaJwk(R1), 'spki', 'pem');
  group.valid('a-secret-that-is-a-pem', {
    token: token(HS, CLAIMS, hs(pem)),
    keys: { keys: [octJwk(pem, { kid: 'h1' })] },
    comment: 'where the set says that it is a secret, it is one',
  });
  return group.cases;
}

/** Spellings that mean nothing, or that somebody might take for `none`. */
const NO_ALGORITHMS = [
  ...['none', 'None', 'NONE', 'nONE', 'noNe', 'NoNe', ' none', 'none ', 'none\t', 'none\u0000'],
  ...['no\u200bne', 'n\u043ene', 'ｎｏｎｅ', 'nöne', '', ' ', 'null', 'undefined', 'false', 'true'],
  ...['nul', 'NULL', 'off', 'plain', 'unsecured', '*', 'any'],
];

const NO_NAMES = [
  ...[
    'rs256',
    'Rs256',
    'RS256 ',
    'RS-256',
    'RSA',
    'RS',
    'RS2048',
    'RS257',
    'RS256\u0000',
    'RS256,HS256',
  ],
  ...[
    'SHA256',
    'sha256WithRSAEncryption',
    'RSASSA-PKCS1-v1_5',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  ],
  ...['HS1', 'HS224', 'MD5', 'ES256K', 'ES521', 'A128KW', 'dir', 'RSA-OAEP', 'ECDH-ES', 'A256GCM'],
  ...['__proto__', 'constructor', 'toString', 'prototype', '0', '-1'],
];

export function names() {
  const group = new Group(
    'alg-name',
    'RFC 7515 4.1.1, RFC 7518 3.1: names are exact; RFC 8725 3.2: never none',
  );
  for (const alg of NO_ALGORITHMS) {
    group.invalid(`unsigned-${alg}`, 'bad_algorithm/alg', {
      token: token({ alg, kid: 'r1' }, CLAIMS, unsigned),
      keys: 'all',
    });
  }
  for (const alg of ['none', 'NONE', '']) {
    group.invalid(`signed-${alg}`, 'bad_algorithm/alg', {
      token: token({ alg, kid: 'r1' }, CLAIMS, rs()),
      keys: 'all',
    });
    group.invalid(`hmac-${alg}`, 'bad_algorithm/alg', { token: token({ alg, kid: 'h1' }) });
  }
  const otherTypes = [null, true, 0, 256, [], ['HS256'], {}, { name: 'HS256' }];
  for (const alg of otherTypes) {
    group.invalid(`type-${JSON.stringify(alg)}`, 'bad_algorithm/alg', {
      token: token({ alg, kid: 'h1' }),
      comment: 'an alg that is no text is missing',
    });
  }
  group.invalid('missing', 'bad_algorithm/alg', { token: token({ kid: 'h1' }) });
  group.invalid('misspelled-member', 'bad_algorithm/alg', {
    token: token({ Alg: 'HS256', kid: 'h1' }),
  });
  group.invalid('in-the-claims', 'bad_algorithm/alg', {
    token: token({ kid: 'h1' }, { ...CLAIMS, alg: 'HS256' }),
  });
  for (const alg of NO_NAMES) {
    group.invalid(`unknown-${alg}`, 'bad_algorithm/alg', {
      token: token({ alg, kid: 'r1' }, CLAIMS, rs()),
      keys: 'all',
    });
  }
  group.valid('escaped', { token: token('{"alg":"\\u0048S256","kid":"h1"}') });
  group.valid('escaped-member', { token: token('{"\\u0061lg":"HS256","kid":"h1"}') });
  group.valid('last-member', { token: token({ kid: 'h1', typ: 'JWT', alg: 'HS256' }) });
  return group.cases;
}

export function policy() {
  const group = new Group('alg-policy', 'RFC 8725 3.1: only what the configuration accepts');
  const all = /** @type {const} */ ({
    RS256: [RS, rs()],
    HS256: [HS, hs()],
    HS384: [{ ...HS, alg: 'HS384' }, hs(H1, 'HS384')],
    ES256: [{ alg: 'ES256', kid: 'e1' }, es()],
  });
  for (const [alg, [header, signer]] of Object.entries(all)) {
    const one = token(header, CLAIMS, signer);
    group.valid(`${alg}-alone`, { token: one, keys: 'all', policy: { algorithms: [alg] } });
    const others = Object.keys(all).filter((other) => other !== alg);
    group.invalid(`${alg}-not-among`, 'bad_algorithm/alg', {
      token: one,
      keys: 'all',
      policy: { algorithms: others },
    });
    group.valid(`${alg}-among`, {
      token: one,
      keys: 'all',
      policy: { algorithms: [...others, alg] },
    });
  }
  group.invalid('RS512-is-not-RS256', 'bad_algorithm/alg', {
    token: token({ alg: 'RS512', kid: 'r1' }, CLAIMS, rs('RS512')),
    keys: 'rsa',
    policy: { algorithms: ['RS256'] },
  });
  group.invalid('EdDSA-for-an-ec-key', 'unknown_key/kid', {
    token: token({ alg: 'EdDSA', kid: 'e1' }, CLAIMS, ed()),
    keys: 'ec',
  });
  for (const [kid, keys] of /** @type {const} */ ([
    ['e1', 'ec'],
    ['e3', 'ec384'],
    ['e5', 'ec521'],
  ])) {
    for (const alg of ['ES256', 'ES384', 'ES512']) {
      const size = { ec: 'ES256', ec384: 'ES384', ec521: 'ES512' }[keys];
      const subject = { token: token({ alg, kid }, CLAIMS, es(kid, alg)), keys };
      if (alg === size) {
        group.valid(`${alg}-curve-of-${kid}`, subject);
      } else {
        group.invalid(
          `${alg}-curve-of-${kid}`,
          'unknown_key/kid',
          subject,
          'RFC 7518 3.4: the curve goes with the algorithm',
        );
      }
    }
  }
  for (const alg of ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'HS512']) {
    group.invalid(
      `key-alg-${alg}`,
      'unknown_key/kid',
      {
        token: token(HS),
        keys: { keys: [{ ...KEYSETS.hmac.keys[0], alg }] },
      },
      'RFC 7517 4.4: alg of the key',
    );
  }
  return group.cases;
}
