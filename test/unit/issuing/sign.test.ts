import { jwtVerify } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { chooseSigningKey } from '../../../src/issuing/choose.ts';
import { signToken } from '../../../src/issuing/sign.ts';
import type { JsonObject } from '../../../src/json.ts';
import { subtle } from '../../../src/signature/subtle.ts';
import { MAX_TOKEN_LENGTH } from '../../../src/token/decode.ts';
import { explained, refused } from '../../support/refusals.ts';
import { createPrivateJwk, SIGNING_ALGORITHMS } from '../../support/signing-keys.ts';

const keyOf = (jwk: unknown) => chooseSigningKey([jwk as JsonObject], undefined);
const EC = await createPrivateJwk('ES256', { kid: 'ec' });

test.each([...SIGNING_ALGORITHMS, 'EdDSA'])('%s is what jose verifies', async (alg) => {
  const jwk = await createPrivateJwk(alg);
  const token = await signToken(keyOf(jwk), 'at+jwt', '{"sub":"alice ü"}');
  const { kty, n, e, crv, x, y, k } = jwk;
  const half = JSON.parse(JSON.stringify({ kty, n, e, crv, x, y, k, alg }));
  const { payload, protectedHeader } = await jwtVerify(token, half);
  expect(payload).toEqual({ sub: 'alice ü' });
  expect(protectedHeader).toEqual({ alg, typ: 'at+jwt' });
});

test('the name of the key stands in the header, where it has one', async () => {
  const [header = ''] = (await signToken(keyOf(EC), 'JWT', '{}')).split('.');
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
    alg: 'ES256',
    typ: 'JWT',
    kid: 'ec',
  });
});

describe('nothing leaves', () => {
  const FILE = 'auth_jwt_signing_key_file';

  test('where the halves are of two pairs', async () => {
    const other = await createPrivateJwk('ES256');
    await expect(signToken(keyOf({ ...EC, d: other.d }), 'JWT', '{}')).rejects.toEqual(
      refused('bad_configuration', FILE),
    );
  });

  test('where a signature is not good', async () => {
    vi.spyOn(subtle, 'sign').mockResolvedValue(new ArrayBuffer(64));
    await expect(signToken(keyOf(EC), 'JWT', '{}')).rejects.toEqual(
      explained(
        'bad_configuration',
        FILE,
        `the key of $${FILE} makes signatures that its own public half does not verify`,
      ),
    );
  });

  test('where the key is none', async () => {
    const odd = { ...EC, x: EC.y, y: EC.x };
    await expect(signToken(keyOf(odd), 'JWT', '{}')).rejects.toEqual(
      explained(
        'bad_configuration',
        FILE,
        `the key of $${FILE} cannot be imported: its members do not belong together`,
      ),
    );
  });

  test('that is longer than a token may be', async () => {
    const claims = JSON.stringify({ sub: 'x'.repeat((MAX_TOKEN_LENGTH * 3) / 4) });
    await expect(signToken(keyOf(EC), 'JWT', claims)).rejects.toEqual(
      refused('cannot_parse', 'auth_jwt_login_request'),
    );
  });
});
