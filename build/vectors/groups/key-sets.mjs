// What a key says it is for, and what a key set may look like.

import { Group } from '../cases.mjs';
import { curveJwk, H1, octJwk, R1, rsaJwk } from '../keys.mjs';
import { CLAIMS, es, goodHs, RS, rs, token } from '../tokens.mjs';

export function uses() {
  const group = new Group('key-use', 'RFC 7517 4.2-4.4: use, key_ops and alg of the key');
  const one = () => token(RS, CLAIMS, rs());
  const set = (/** @type {object} */ members) => ({
    keys: [rsaJwk(R1, { kid: 'r1', ...members })],
  });
  const good = {
    'use-sig': { use: 'sig' },
    'ops-verify': { key_ops: ['verify'] },
    'ops-sign-verify': { key_ops: ['sign', 'verify'] },
    'ops-verify-twice': { key_ops: ['verify', 'verify'] },
    'ops-unknown-beside': { key_ops: ['urn:example', 'verify'] },
    'use-and-ops': { use: 'sig', key_ops: ['verify'] },
    'alg-same': { alg: 'RS256' },
    'ext-false': { ext: false },
    'x5c-garbage': { x5c: ['garbage'], x5u: 'file:///etc/passwd' },
    'exp-past': { exp: 1, nbf: 4102444800 },
  };
  for (const [name, members] of Object.entries(good)) {
    group.valid(name, { token: one(), keys: set(members) });
  }
  const bad = {
    'use-enc': { use: 'enc' },
    'use-empty': { use: '' },
    'use-null': { use: null },
    'use-number': { use: 1 },
    'use-array': { use: ['sig'] },
    'use-capitals': { use: 'SIG' },
    'use-with-space': { use: 'sig ' },
    'use-other': { use: 'tls' },
    'ops-none': { key_ops: [] },
    'ops-sign': { key_ops: ['sign'] },
    'ops-encrypt': { key_ops: ['encrypt', 'decrypt'] },
    'ops-text': { key_ops: 'verify' },
    'ops-null': { key_ops: null },
    'ops-object': { key_ops: { 0: 'verify', length: 1 } },
    'ops-capitals': { key_ops: ['VERIFY'] },
    'ops-nested': { key_ops: [['verify']] },
    'use-sig-ops-sign': { use: 'sig', key_ops: ['sign'] },
    'use-enc-ops-verify': { use: 'enc', key_ops: ['verify'] },
    'alg-RS384': { alg: 'RS384' },
    'alg-PS256': { alg: 'PS256' },
    'alg-lower': { alg: 'rs256' },
    'alg-empty': { alg: '' },
    'alg-null': { alg: null },
    'alg-array': { alg: ['RS256'] },
    'alg-RSA-OAEP': { alg: 'RSA-OAEP' },
    'alg-none': { alg: 'none' },
    'kty-oct': { kty: 'oct' },
    'kty-lower': { kty: 'rsa' },
    'kty-null': { kty: null },
  };
  for (const [name, members] of Object.entries(bad)) {
    group.invalid(name, 'unknown_key/kid', { token: one(), keys: set(members) });
  }
  group.valid('good-one-beside-a-bad-one', {
    token: one(),
    keys: { keys: [...set({ use: 'enc' }).keys, ...set({}).keys] },
  });
  group.valid('unusable-before', {
    token: one(),
    keys: { keys: [...set({ n: 'AQAB' }).keys, ...set({}).keys] },
  });
  group.invalid('unusable-and-unmeant', 'unknown_key/unusable', {
    token: one(),
    keys: { keys: [...set({ n: 'AQAB' }).keys, ...set({ use: 'enc' }).keys] },
  });
  return group.cases;
}

export function shapes() {
  const group = new Group(
    'jwks',
    'RFC 7517 5: an object with an array "keys"; what is not understood in it is ignored',
  );
  const key = octJwk(H1, { kid: 'h1' });
  const text = JSON.stringify(key);
  const bad = {
    empty: '',
    space: ' ',
    null: 'null',
    array: `[${text}]`,
    'empty-object': '{}',
    'keys-null': '{"keys":null}',
    'keys-empty': '{"keys":[]}',
    'keys-object': `{"keys":{"h1":${text}}}`,
    'keys-text': `{"keys":${JSON.stringify(text)}}`,
    'keys-nested': `{"keys":{"keys":[${text}]}}`,
    'keys-capital': `{"Keys":[${text}]}`,
    'only-non-objects': '{"keys":[null,1,"a",[],true]}',
    'keys-array-in-array': `{"keys":[[${text}]]}`,
    'keys-repeated-empty-last': `{"keys":[${text}],"keys":[]}`,
    bom: `\ufeff{"keys":[${text}]}`,
    truncated: `{"keys":[${text}`,
    'trailing-comma': `{"keys":[${text},]}`,
    'trailing-text': `{"keys":[${text}]}x`,
    'two-sets': `{"keys":[${text}]}{"keys":[]}`,
    comment: `/* keys */{"keys":[${text}]}`,
    'single-quotes': `{'keys':[${text}]}`,
    html: '<!doctype html><title>Sign in</title>',
    pem: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
    xml: '<RSAKeyValue/>',
    'leading-zero': `{"keys":[${text}],"ttl":01}`,
    deep: `{"keys":[${text}],"x":${'['.repeat(24)}${']'.repeat(24)}}`,
    '257-keys': JSON.stringify({ keys: [...Array(256).fill({ kty: 'x' }), key] }),
    discovery: '{"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/jwks"}',
    'single-jwk-without-kty': '{"k":"AAAA","kid":"h1"}',
  };
  for (const [name, keys] of Object.entries(bad)) {
    group.invalid(name, 'cannot_parse/jwks', { token: goodHs(), keys: { text: keys } });
  }
  const good = {
    'single-jwk': text,
    'extra-members': `{"issuer":"x","keys":[${text}],"ttl":1.5e3}`,
    whitespace: ` \t\r\n{ "keys" : [ ${text} ] } \n`,
    'escaped-names': `{"\\u006beys":[${text.replace('"kty"', '"\\u006bty"')}]}`,
    'keys-repeated-good-last': `{"keys":[],"keys":[${text}]}`,
    'non-objects-around': `{"keys":[null,1,"a",[],${text},true]}`,
    'junk-around': JSON.stringify({
      keys: [{}, { kty: 'x' }, { kid: 'h1' }, { kty: 'oct', kid: 'h1' }, key, { kty: 5 }],
    }),
    '256-keys': JSON.stringify({ keys: [...Array(255).fill({ kty: 'x' }), key] }),
    deepest: `{"keys":[${text}],"x":${'['.repeat(23)}${']'.repeat(23)}}`,
    'non-ascii': JSON.stringify({ keys: [{ ...key, comment: 'ключ 🔑' }] }),
    'kty-and-keys': JSON.stringify({ kty: 'x', keys: [key] }),
    '30-kB': JSON.stringify({ keys: [key], x: 'x'.repeat(30_000) }),
  };
  for (const [name, keys] of Object.entries(good)) {
    group.valid(name, { token: goodHs(), keys: { text: keys } });
  }
  group.valid('five-types-in-one', {
    token: token({ alg: 'ES384' }, CLAIMS, es('e3', 'ES384')),
    keys: { keys: [rsaJwk(R1), curveJwk('e1'), curveJwk('d1'), key, curveJwk('e3')] },
  });
  group.invalid('keys-of-others-only', 'unknown_key/kid', {
    token: goodHs(),
    keys: { keys: [rsaJwk(R1, { kid: 'h1' }), { kty: 'x' }] },
  });
  return group.cases;
}
