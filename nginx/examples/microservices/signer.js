// The signer of microservices.conf: makes key pairs and hands a token to anyone who asks. For
// demonstration only: the private keys lie unprotected in shared memory.
//
// Written for the njs engine, QuickJS runs it too: promises with then() and no async functions, in
// which njs 0.8.9 loses track of variables.

const ISSUER = 'https://signer.example/';

/** What WebCrypto wants to know: the same object serves to make, to import and to sign. */
const ALGORITHMS = {
  ES512: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
};

/** Tokens to ask for: what they change in the claims. */
const KINDS = {
  good: () => ({}),
  expired: (now) => ({ iat: now - 7200, exp: now - 3600 }),
  'wrong-issuer': () => ({ iss: 'https://elsewhere.example/' }),
};

/** Members of a JWK that anyone may see. A list of what to show cannot forget what to hide. */
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'];

/** js_periodic: makes the keys when nginx starts, so that no request waits for them. */
function prepareKeys() {
  return loadKeys();
}

/** js_content: the public halves as a JWK Set. */
function jwk(r) {
  return loadKeys().then((keys) => {
    r.headersOut['Content-Type'] = 'application/jwk-set+json';
    r.return(200, `${JSON.stringify({ keys: keys.map(publicHalf) })}\n`);
  });
}

/** js_content: a token, by ?alg=ES512|RS256 and ?kind=good|expired|wrong-issuer. */
function exampleToken(r) {
  const alg = r.args.alg || 'ES512';
  const kind = r.args.kind || 'good';
  r.headersOut['Content-Type'] = 'text/plain';
  if (!has(ALGORITHMS, alg) || !has(KINDS, kind)) {
    r.return(400, 'alg is ES512 or RS256, kind is good, expired or wrong-issuer\n');
    return undefined;
  }
  const now = Math.floor(Date.now() / 1000);
  const claims = Object.assign(aliceAt(now), KINDS[kind](now));
  return loadKeys()
    .then((keys) => sign(claims, keys.filter((key) => key.alg === alg)[0]))
    .then((token) => r.return(200, token));
}

function aliceAt(now) {
  return {
    iss: ISSUER,
    sub: 'alice',
    email: 'alice@example.com',
    role: 'editor',
    aud: 'microservices',
    iat: now,
    exp: now + 3600,
  };
}

/** All workers sign with the keys of the one that was first: add() does not replace. */
function loadKeys() {
  const zone = ngx.shared.signer_keys;
  const known = zone.get('keys');
  if (known) {
    return Promise.resolve(JSON.parse(known));
  }
  return Promise.all(Object.keys(ALGORITHMS).map(makeKey)).then((made) => {
    zone.add('keys', JSON.stringify(made));
    return JSON.parse(zone.get('keys'));
  });
}

/** A new key gets a new name: what was cached of an earlier one cannot be taken for it. */
function makeKey(alg) {
  const kid = `${alg}-${Date.now()}`;
  return crypto.subtle
    .generateKey(ALGORITHMS[alg], true, ['sign', 'verify'])
    .then((pair) => crypto.subtle.exportKey('jwk', pair.privateKey))
    .then((exported) => Object.assign({}, exported, { kid: kid, alg: alg, use: 'sig' }));
}

function publicHalf(key) {
  const half = {};
  PUBLIC_MEMBERS.filter((name) => has(key, name)).forEach((name) => {
    half[name] = key[name];
  });
  return half;
}

function sign(claims, jwk) {
  const algorithm = ALGORITHMS[jwk.alg];
  const input = `${encode({ alg: jwk.alg, kid: jwk.kid, typ: 'JWT' })}.${encode(claims)}`;
  return crypto.subtle
    .importKey('jwk', jwk, algorithm, false, ['sign'])
    .then((key) => crypto.subtle.sign(algorithm, key, Buffer.from(input)))
    .then((signature) => `${input}.${Buffer.from(signature).toString('base64url')}`);
}

function encode(object) {
  return Buffer.from(JSON.stringify(object)).toString('base64url');
}

function has(object, name) {
  return Object.keys(object).indexOf(name) >= 0;
}

export default { prepareKeys, jwk, exampleToken };
