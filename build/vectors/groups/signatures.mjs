// Signatures that nearly are one: ECDSA, RSA and its paddings, HMAC.

import { createECDH } from 'node:crypto';
import { Group } from '../cases.mjs';
import { b64, curveJwk, H1, octJwk, privateJwk, R1, R2, rsa, rsaJwk, secret } from '../keys.mjs';
import {
  DIGEST_INFO,
  digest,
  encodePkcs1,
  encodePss,
  padPkcs1,
  rsaRaw,
  toBytes,
  toInteger,
} from '../rsa.mjs';
import { CLAIMS, ed, es, HS, hs, ps, RS, rs, token } from '../tokens.mjs';

/** @typedef {import('../tokens.mjs').Signer} Signer */

/** Curves with the order of their group (FIPS 186-4, appendix D.1.2) and the prime of their field. */
const CURVES = /** @type {const} */ ([
  {
    alg: 'ES256',
    kid: 'e1',
    keys: 'ec',
    length: 32,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  },
  {
    alg: 'ES384',
    kid: 'e3',
    keys: 'ec384',
    length: 48,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
  },
  {
    alg: 'ES512',
    kid: 'e5',
    keys: 'ec521',
    length: 66,
    n: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    p: (1n << 521n) - 1n,
  },
]);

export function ecdsa() {
  const group = new Group(
    'ecdsa',
    'RFC 7518 3.4: r and s, each as long as a coordinate, from 1 to n - 1',
  );
  for (const { alg, kid, keys, length, n } of CURVES) {
    const header = { alg, kid };
    const pair = (/** @type {bigint} */ r, /** @type {bigint} */ s) =>
      Buffer.concat([toBytes(r, length), toBytes(s, length)]);
    /** @param {string} name @param {Signer} signer */
    const refuse = (name, signer) =>
      group.invalid(`${alg}-${name}`, 'bad_signature/signature', {
        token: token(header, CLAIMS, signer),
        keys,
      });
    const values = { zero: 0n, one: 1n, 'n-minus-one': n - 1n, n, 'n-plus-one': n + 1n };
    for (const [nameR, r] of Object.entries(values)) {
      for (const [nameS, s] of Object.entries(values)) {
        if (nameR !== nameS || alg !== 'ES384') {
          refuse(`r-${nameR}-s-${nameS}`, () => pair(r, s));
        }
      }
    }
    const good = es(kid, alg);
    const split = (/** @type {Buffer} */ input) => {
      const signature = good(input);
      return {
        r: toInteger(signature.subarray(0, length)),
        s: toInteger(signature.subarray(length)),
      };
    };
    refuse('all-ones', () => Buffer.alloc(2 * length, 0xff));
    refuse('swapped', (input) => pair(split(input).s, split(input).r));
    refuse('r-negated', (input) => {
      const { r, s } = split(input);
      return pair(n - r, s);
    });
    refuse('one-byte-short', (input) => good(input).subarray(0, -1));
    refuse('one-byte-long', (input) => Buffer.concat([good(input), Buffer.alloc(1)]));
    refuse('zero-before', (input) => Buffer.concat([Buffer.alloc(1), good(input)]));
    refuse('zero-before-both', (input) => {
      const { r, s } = split(input);
      return Buffer.concat([toBytes(r, length + 1), toBytes(s, length + 1)]);
    });
    refuse('r-alone', (input) => good(input).subarray(0, length));
    refuse('twice', (input) => Buffer.concat([good(input), good(input)]));
    refuse('der', es(kid, alg, 'der'));
    refuse('other-hash', es(kid, alg === 'ES256' ? 'ES384' : 'ES256'));
    refuse('of-something-else', () => good(Buffer.from('something else')));
    refuse('hmac-of-its-length', () => Buffer.alloc(2 * length, 0x5a));
    group.valid(
      `${alg}-s-negated`,
      {
        token: token(header, CLAIMS, (input) => {
          const { r, s } = split(input);
          return pair(r, n - s);
        }),
        keys,
      },
      'FIPS 186-4 6.4: with (r, s) also (r, n - s) is a signature',
    );
    group.valid(`${alg}-again`, { token: token(header, CLAIMS, good), keys });
  }
  const { n } = CURVES[2];
  for (const which of /** @type {const} */ (['r', 's'])) {
    group.invalid(`ES512-${which}-plus-n`, 'bad_signature/signature', {
      token: token({ alg: 'ES512', kid: 'e5' }, CLAIMS, (input) => {
        const signature = es('e5', 'ES512')(input);
        const numbers = {
          r: toInteger(signature.subarray(0, 66)),
          s: toInteger(signature.subarray(66)),
        };
        numbers[which] += n;
        return Buffer.concat([toBytes(numbers.r, 66), toBytes(numbers.s, 66)]);
      }),
      keys: 'ec521',
      comment: 'not reduced, and still as long as it should be',
    });
  }
  return group.cases;
}

export function ecKeys() {
  const group = new Group(
    'ec-key',
    'RFC 7518 6.2.1: coordinates of full length, a point of the curve',
  );
  const spoil = (/** @type {Record<string, unknown>} */ members) => ({
    keys: [JSON.parse(JSON.stringify({ ...curveJwk('e1', { kid: 'e1' }), ...members }))],
  });
  const one = () => token({ alg: 'ES256', kid: 'e1' }, CLAIMS, es());
  const { x, y } = /** @type {{ x: string, y: string }} */ (curveJwk('e1'));
  const [bx, by] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  const unusable = {
    'x-missing': { x: undefined },
    'y-missing': { y: undefined },
    'x-empty': { x: '' },
    'x-null': { x: null },
    'x-number': { x: 5 },
    'x-array': { x: [x] },
    'x-padded': { x: `${x}=` },
    'x-standard-base64': { x: `${bx.toString('base64')}` },
    'x-with-space': { x: `${x} ` },
    'x-zero-before': { x: b64(Buffer.concat([Buffer.alloc(1), bx])) },
    'x-short': { x: b64(bx.subarray(1)) },
    'y-long': { y: b64(Buffer.concat([by, Buffer.alloc(1)])) },
    'x-as-point': { x: b64(Buffer.concat([Buffer.from([4]), bx, by])), y: undefined },
    private: { d: privateJwk('e1').d },
    'd-empty': { d: '' },
  };
  for (const [name, members] of Object.entries(unusable)) {
    group.invalid(name, 'unknown_key/unusable', { token: one(), keys: spoil(members) });
  }
  for (const [name, crv] of Object.entries({
    null: null,
    lower: 'p-256',
    missing: undefined,
    openssl: 'prime256v1',
    'p-384': 'P-384',
    k: 'secp256k1',
    array: ['P-256'],
  })) {
    group.invalid(`crv-${name}`, 'unknown_key/kid', { token: one(), keys: spoil({ crv }) });
  }
  for (const [name, kty] of Object.entries({
    null: null,
    lower: 'ec',
    missing: undefined,
    okp: 'OKP',
    rsa: 'RSA',
    array: ['EC'],
  })) {
    group.invalid(`kty-${name}`, 'unknown_key/kid', { token: one(), keys: spoil({ kty }) });
  }
  const { p } = CURVES[0];
  const offCurve = {
    swapped: { x: y, y: x },
    'zero-point': { x: b64(Buffer.alloc(32)), y: b64(Buffer.alloc(32)) },
    'one-off': { y: b64(toBytes(toInteger(by) ^ 1n, 32)) },
    'all-ones': { x: b64(Buffer.alloc(32, 0xff)), y: b64(Buffer.alloc(32, 0xff)) },
    p: { x: b64(toBytes(p, 32)) },
  };
  for (const [name, members] of Object.entries(offCurve)) {
    group.invalid(
      `point-${name}`,
      'bad_signature/signature',
      { token: one(), keys: spoil(members) },
      'RFC 8725 3.4: the point must be on the curve',
    );
  }
  group.invalid('point-negated', 'bad_signature/signature', {
    token: one(),
    keys: spoil({ y: b64(toBytes(p - toInteger(by), 32)) }),
  });
  const other = createECDH('secp256k1');
  other.setPrivateKey(Buffer.from(String(privateJwk('k1').d), 'base64url'));
  const point = other.getPublicKey();
  group.invalid('point-of-secp256k1', 'bad_signature/signature', {
    token: one(),
    keys: spoil({ x: b64(point.subarray(1, 33)), y: b64(point.subarray(33)) }),
  });
  const tall = /** @type {{ x: string }} */ (curveJwk('e5'));
  const beyond = toInteger(Buffer.from(tall.x, 'base64url')) + CURVES[2].p;
  group.invalid('x-not-reduced', 'bad_signature/signature', {
    token: token({ alg: 'ES512', kid: 'e5' }, CLAIMS, es('e5', 'ES512')),
    keys: { keys: [curveJwk('e5', { kid: 'e5', x: b64(toBytes(beyond, 66)) })] },
  });
  for (const [name, members] of Object.entries({
    'x5c-ignored': { x5c: [] },
    'ext-ignored': { ext: false },
    'n-ignored': { n: 'AQAB', e: 'AQAB' },
  })) {
    group.valid(
      name,
      { token: one(), keys: spoil(members) },
      'RFC 7517 4: what is not understood is ignored',
    );
  }
  return group.cases;
}

/** @param {import('../rsa.mjs').RsaKey} key @param {object} [members] */
const setOf = (key, members = {}) => ({ keys: [rsaJwk(key, { kid: 'r1', ...members })] });

export function rsaKeys() {
  const group = new Group(
    'rsa-key',
    'RFC 7518 3.3, 6.3.1; RFC 8017: 2048 to 8192 bits, odd, an odd exponent from 3',
  );
  for (const bits of [512, 1024, 2040, 2047, 8193, 16384]) {
    const key = rsa(`r${bits}`);
    group.invalid(`${bits}-bits`, 'unknown_key/unusable', {
      token: token(RS, CLAIMS, rs('RS256', key)),
      keys: setOf(key),
    });
  }
  for (const bits of [2049, 3072, 4096, 8192]) {
    const key = rsa(`r${bits}`);
    group.valid(`${bits}-bits`, { token: token(RS, CLAIMS, rs('RS256', key)), keys: setOf(key) });
    if (bits < 4096) {
      group.valid(`${bits}-bits-pss`, {
        token: token({ ...RS, alg: 'PS256' }, CLAIMS, ps('PS256', {}, key)),
        keys: setOf(key),
      });
    }
  }
  const exponents = { 3: 3n, 17: 17n, '2^32+15': 4294967311n, 'eight-bytes': 0xffffffffffffffc5n };
  for (const [name, e] of Object.entries(exponents)) {
    const key = rsa('r1', e);
    group.valid(`exponent-${name}`, {
      token: token(RS, CLAIMS, rs('RS256', key)),
      keys: setOf(key),
    });
  }
  const long = rsa('r1', 3n ** 50n);
  group.invalid('exponent-ten-bytes', 'unknown_key/unusable', {
    token: token(RS, CLAIMS, rs('RS256', long)),
    keys: setOf(long),
  });
  const anybody = token(RS, CLAIMS, (input) => encodePkcs1(input, 'sha256', R1.length));
  group.invalid('exponent-1', 'unknown_key/unusable', {
    token: anybody,
    keys: setOf(R1, { e: 'AQ' }),
    comment: 'each message is its own signature',
  });
  const one = () => token(RS, CLAIMS, rs());
  const [n, e] = [toBytes(R1.n), toBytes(R1.e)];
  const even = Buffer.from(n);
  even.writeUInt8(even.readUInt8(255) & 0xfe, 255);
  const unusable = {
    'exponent-0': { e: 'AA' },
    'exponent-2': { e: 'Ag' },
    'exponent-65536': { e: 'AQAA' },
    'exponent-empty': { e: '' },
    'exponent-missing': { e: undefined },
    'exponent-number': { e: 65537 },
    'exponent-null': { e: null },
    'exponent-padded': { e: 'AQAB====' },
    'exponent-zero-before': { e: b64(Buffer.concat([Buffer.alloc(1), e])) },
    'exponent-is-modulus': { e: b64(n) },
    'exponent-decimal': { e: '65537' },
    'modulus-missing': { n: undefined },
    'modulus-empty': { n: '' },
    'modulus-zero': { n: b64(Buffer.alloc(256)) },
    'modulus-even': { n: b64(even) },
    'modulus-zero-before': { n: b64(Buffer.concat([Buffer.alloc(1), n])) },
    'modulus-zero-after': { n: b64(Buffer.concat([n, Buffer.alloc(1)])) },
    'modulus-padded': { n: n.toString('base64').replaceAll('+', '-').replaceAll('/', '_') },
    'modulus-standard-base64': { n: n.toString('base64').replaceAll('=', '') },
    'modulus-hex': { n: n.toString('hex').slice(1) },
    'modulus-newline': { n: `${b64(n)}\n` },
    'modulus-array': { n: [b64(n)] },
    private: { d: b64(toBytes(R1.d)) },
    'd-null': { d: null },
  };
  for (const [name, members] of Object.entries(unusable)) {
    group.invalid(name, 'unknown_key/unusable', {
      token: one(),
      keys: { keys: [JSON.parse(JSON.stringify({ ...rsaJwk(R1, { kid: 'r1' }), ...members }))] },
    });
  }
  group.invalid('modulus-of-another', 'bad_signature/signature', { token: one(), keys: setOf(R2) });
  group.invalid('exponent-of-another', 'bad_signature/signature', {
    token: one(),
    keys: setOf(R1, { e: 'Aw' }),
  });
  group.valid(
    'members-ignored',
    { token: one(), keys: setOf(R1, { x: 'AQAB', crv: 'P-256', k: 'AQAB', x5t: 'x' }) },
    'RFC 7517 4: what is not understood is ignored',
  );
  return group.cases;
}

/** With this `jti` the signature by `r1` begins with a zero byte; one in 256 does. */
const ZERO_FIRST = '80';

export function padding() {
  const group = new Group(
    'rsa-padding',
    'RFC 8017 8.2.2, 9.2: the encoded message is compared as a whole',
  );
  const { length } = R1;
  for (const alg of ['RS256', 'RS384', 'RS512']) {
    group.valid(`good-${alg}`, { token: token({ alg, kid: 'r1' }, CLAIMS, rs(alg)), keys: 'rsa' });
  }
  const zeroFirst = token(RS, { ...CLAIMS, jti: ZERO_FIRST }, rs());
  group.valid(
    'signature-begins-with-zero',
    { token: zeroFirst, keys: 'rsa' },
    'RFC 8017 8.2.1: as long as the modulus, zeros and all',
  );
  const info = (/** @type {Buffer} */ input) =>
    Buffer.concat([Buffer.from(DIGEST_INFO.sha256, 'hex'), digest('sha256', input)]);
  /** @param {string} name @param {(input: Buffer) => Buffer} encoder */
  const refuse = (name, encoder) =>
    group.invalid(name, 'bad_signature/signature', {
      token: token(RS, CLAIMS, (input) => rsaRaw(R1, encoder(input))),
      keys: 'rsa',
    });
  const replace = (/** @type {string} */ prefix) => (/** @type {Buffer} */ input) =>
    padPkcs1(Buffer.concat([Buffer.from(prefix, 'hex'), digest('sha256', input)]), length);
  refuse('digest-without-info', (input) => padPkcs1(digest('sha256', input), length));
  refuse('info-without-null', replace('302f300b0609608648016503040201' + '0420'));
  refuse('info-with-two-nulls', replace('3033300f060960864801650304020105000500' + '0420'));
  refuse('info-of-sha384', replace(DIGEST_INFO.sha384));
  refuse('info-of-sha1', replace(DIGEST_INFO.sha1));
  refuse('oid-of-sha224', replace('3031300d060960864801650304020405000420'));
  refuse('length-in-long-form', replace('308131300d060960864801650304020105000420'));
  refuse('length-indefinite', (input) =>
    padPkcs1(
      Buffer.concat([
        Buffer.from('3080300d060960864801650304020105000420', 'hex'),
        digest('sha256', input),
        Buffer.alloc(2),
      ]),
      length,
    ),
  );
  refuse('sha1', (input) =>
    padPkcs1(Buffer.concat([Buffer.from(DIGEST_INFO.sha1, 'hex'), digest('sha1', input)]), length),
  );
  refuse('sha384', (input) => encodePkcs1(input, 'sha384', length));
  refuse('sha512', (input) => encodePkcs1(input, 'sha512', length));
  refuse('hash-of-another', () => encodePkcs1(Buffer.from('something else'), 'sha256', length));
  refuse('block-type-0', (input) => spoil(encodePkcs1(input, 'sha256', length), 1, 0));
  refuse('block-type-2', (input) => spoil(encodePkcs1(input, 'sha256', length), 1, 2));
  refuse('first-byte-1', (input) => spoil(encodePkcs1(input, 'sha256', length), 0, 1));
  refuse('fill-is-not-ff', (input) => spoil(encodePkcs1(input, 'sha256', length), 20, 0xfe));
  refuse('fill-has-a-zero', (input) => spoil(encodePkcs1(input, 'sha256', length), 20, 0));
  refuse('separator-missing', (input) =>
    spoil(encodePkcs1(input, 'sha256', length), length - 52, 0xff),
  );
  refuse('garbage-after', (input) => {
    const short = padPkcs1(info(input), 8 + 3 + 51);
    return Buffer.concat([short, Buffer.alloc(length - short.length, 0x11)]);
  });
  refuse('garbage-in-parameters', (input) => {
    const garbage = Buffer.alloc(100, 0x22);
    const prefix = Buffer.concat([
      Buffer.from('30819730730609608648016503040201' + '0464', 'hex'),
      garbage,
      Buffer.from('0420', 'hex'),
    ]);
    return padPkcs1(Buffer.concat([prefix, digest('sha256', input)]), length);
  });
  refuse('eight-fill-bytes', (input) =>
    padPkcs1(Buffer.concat([Buffer.alloc(length - 8 - 3 - 51, 0x11), info(input)]), length),
  );
  refuse('pss', (input) => encodePss(input, { hash: 'sha256', salt: 32 }, 2048));
  const numbers = {
    zero: 0n,
    one: 1n,
    'n-minus-one': R1.n - 1n,
    n: R1.n,
    'all-ones': (1n << 2048n) - 1n,
  };
  for (const [name, number] of Object.entries(numbers)) {
    group.invalid(`signature-${name}`, 'bad_signature/signature', {
      token: token(RS, CLAIMS, () => toBytes(number, length)),
      keys: 'rsa',
    });
  }
  const shapes = {
    negated: (/** @type {Buffer} */ input) => toBytes(R1.n - toInteger(rs()(input)), length),
    'zero-before': (/** @type {Buffer} */ input) => Buffer.concat([Buffer.alloc(1), rs()(input)]),
    'zero-after': (/** @type {Buffer} */ input) => Buffer.concat([rs()(input), Buffer.alloc(1)]),
    'one-byte-short': (/** @type {Buffer} */ input) => rs()(input).subarray(0, -1),
    'little-endian': (/** @type {Buffer} */ input) => Buffer.from(rs()(input)).reverse(),
    'as-hex': (/** @type {Buffer} */ input) => Buffer.from(rs()(input).toString('hex')),
  };
  for (const [name, signer] of Object.entries(shapes)) {
    group.invalid(`signature-${name}`, 'bad_signature/signature', {
      token: token(RS, CLAIMS, signer),
      keys: 'rsa',
    });
  }
  const cube = rsa('r1', 3n);
  group.invalid('cube-root', 'bad_signature/signature', {
    token: token(RS, CLAIMS, (input) => {
      const short = padPkcs1(info(input), 8 + 3 + 51);
      const target = toInteger(Buffer.concat([short, Buffer.alloc(length - short.length, 0xff)]));
      return toBytes(cubeRoot(target), length);
    }),
    keys: setOf(cube),
    comment:
      'Bleichenbacher 2006: with an exponent of 3, and a verifier that overlooks what comes after the digest, no key is needed',
  });
  return group.cases;
}

/** @param {bigint} value */
function cubeRoot(value) {
  let [low, high] = [0n, 1n << 700n];
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** 3n <= value) {
      low = middle;
    } else {
      high = middle - 1n;
    }
  }
  return low;
}

/**
 * @param {Buffer} bytes
 * @param {number} at
 * @param {number} value
 */
function spoil(bytes, at, value) {
  bytes.writeUInt8(value, at);
  return bytes;
}

export function pss() {
  const group = new Group(
    'pss',
    'RFC 7518 3.5: MGF1 with the same hash, a salt as long as the hash',
  );
  for (const alg of ['PS256', 'PS384', 'PS512']) {
    const header = { alg, kid: 'r1' };
    const right = Number(alg.slice(-3)) / 8;
    group.valid(`${alg}-salt-${right}`, { token: token(header, CLAIMS, ps(alg)), keys: 'rsa' });
    for (const salt of [0, 1, 20, right - 1, right + 1, 256 - 2 - right]) {
      group.invalid(`${alg}-salt-${salt}`, 'bad_signature/signature', {
        token: token(header, CLAIMS, ps(alg, { salt })),
        keys: 'rsa',
      });
    }
    group.invalid(`${alg}-mgf1-of-sha1`, 'bad_signature/signature', {
      token: token(header, CLAIMS, ps(alg, { mgf: 'sha1' })),
      keys: 'rsa',
    });
    group.invalid(`${alg}-trailer`, 'bad_signature/signature', {
      token: token(header, CLAIMS, ps(alg, { trailer: 0xcc })),
      keys: 'rsa',
    });
    group.invalid(`${alg}-pkcs1`, 'bad_signature/signature', {
      token: token(header, CLAIMS, rs(alg)),
      keys: 'rsa',
    });
    const hash = alg === 'PS256' ? 'sha512' : 'sha256';
    group.invalid(`${alg}-other-hash`, 'bad_signature/signature', {
      token: token(header, CLAIMS, ps(alg, { hash, salt: right })),
      keys: 'rsa',
    });
    group.invalid(`${alg}-for-RS`, 'bad_signature/signature', {
      token: token({ alg: alg.replace('P', 'R'), kid: 'r1' }, CLAIMS, ps(alg)),
      keys: 'rsa',
    });
  }
  return group.cases;
}

export function hmac() {
  const group = new Group('hmac', 'RFC 7518 3.2: the whole MAC, by a secret of 32 bytes at least');
  for (const alg of ['HS256', 'HS384', 'HS512']) {
    const header = { ...HS, alg };
    const good = hs(H1, alg);
    const size = Number(alg.slice(-3)) / 8;
    /** @type {Record<string, Signer>} */
    const signers = {
      empty: () => Buffer.alloc(0),
      half: (input) => good(input).subarray(0, size / 2),
      'one-byte-short': (input) => good(input).subarray(0, -1),
      'one-byte-long': (input) => Buffer.concat([good(input), Buffer.alloc(1)]),
      twice: (input) => Buffer.concat([good(input), good(input)]),
      zeros: () => Buffer.alloc(size),
      hex: (input) => Buffer.from(good(input).toString('hex')),
      'other-hash': hs(H1, alg === 'HS256' ? 'HS512' : 'HS256'),
      'truncated-other-hash': (input) =>
        Buffer.concat([hs(H1, 'HS512')(input), Buffer.alloc(32)]).subarray(
          0,
          alg === 'HS512' ? 48 : size,
        ),
      'plain-hash': (input) =>
        digest(/** @type {'sha256'} */ (`sha${alg.slice(-3)}`), Buffer.concat([H1, input])),
      'secret-as-text': hs(b64(H1), alg),
      'empty-secret': hs('', alg),
      'of-the-payload-only': (input) => good(input.subarray(input.indexOf('.') + 1)),
    };
    for (const [name, signer] of Object.entries(signers)) {
      group.invalid(`${alg}-${name}`, 'bad_signature/signature', {
        token: token(header, CLAIMS, signer),
      });
    }
    for (const bytes of [32, 33, 63, 64, 65, 127, 128, 129, 1000]) {
      const key = secret('h2').subarray(0, bytes);
      group.valid(`${alg}-secret-of-${bytes}`, {
        token: token(header, CLAIMS, hs(key, alg)),
        keys: { keys: [octJwk(key, { kid: 'h1' })] },
      });
    }
    for (const bytes of [0, 1, 16, 31]) {
      const key = secret('h2').subarray(0, bytes);
      group.invalid(`${alg}-secret-of-${bytes}`, 'unknown_key/unusable', {
        token: token(header, CLAIMS, hs(key, alg)),
        keys: { keys: [octJwk(key, { kid: 'h1' })] },
      });
    }
  }
  const k = b64(H1);
  for (const [name, members] of Object.entries({
    missing: { k: undefined },
    null: { k: null },
    number: { k: 5 },
    padded: { k: `${k}==` },
    'stray-bits': { k: `${k.slice(0, -1)}${k.endsWith('B') ? 'C' : 'B'}` },
    space: { k: ` ${k}` },
    array: { k: [k] },
    'not-base64url': { k: `${k}!` },
  })) {
    group.invalid(`k-${name}`, 'unknown_key/unusable', {
      token: token(HS),
      keys: { keys: [JSON.parse(JSON.stringify({ ...octJwk(H1, { kid: 'h1' }), ...members }))] },
    });
  }
  group.valid('zeros-are-a-secret', {
    token: token(HS, CLAIMS, hs(Buffer.alloc(32))),
    keys: { keys: [octJwk(Buffer.alloc(32), { kid: 'h1' })] },
  });
  return group.cases;
}

export function eddsa() {
  const group = new Group('eddsa', 'RFC 8037 3.1, RFC 8032 5.1.7');
  const header = { alg: 'EdDSA', kid: 'd1' };
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  group.valid('good', { token: token(header, CLAIMS, ed()), keys: 'ed' });
  /** @type {Record<string, Signer>} */
  const signers = {
    zeros: () => Buffer.alloc(64),
    'one-byte-short': (input) => ed()(input).subarray(0, 63),
    'one-byte-long': (input) => Buffer.concat([ed()(input), Buffer.alloc(1)]),
    'of-another-key': ed('d2'),
    's-plus-order': (input) => {
      const signature = ed()(input);
      const s = toInteger(Buffer.from(signature.subarray(32)).reverse());
      return Buffer.concat([signature.subarray(0, 32), toBytes(s + order, 32).reverse()]);
    },
    'identity-point': () => Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]),
  };
  for (const [name, signer] of Object.entries(signers)) {
    group.invalid(name, 'bad_signature/signature', {
      token: token(header, CLAIMS, signer),
      keys: 'ed',
    });
  }
  const { x } = /** @type {{ x: string }} */ (curveJwk('d1'));
  for (const [name, members] of Object.entries({
    'x-short': { x: x.slice(0, -2) },
    'x-missing': { x: undefined },
    'x-padded': { x: `${x}=` },
    private: { d: privateJwk('d1').d },
  })) {
    group.invalid(name, 'unknown_key/unusable', {
      token: token(header, CLAIMS, ed()),
      keys: {
        keys: [JSON.parse(JSON.stringify({ ...curveJwk('d1', { kid: 'd1' }), ...members }))],
      },
    });
  }
  group.invalid('crv-ed448', 'unknown_key/kid', {
    token: token(header, CLAIMS, ed()),
    keys: { keys: [curveJwk('d1', { kid: 'd1', crv: 'Ed448' })] },
  });
  return group.cases;
}
