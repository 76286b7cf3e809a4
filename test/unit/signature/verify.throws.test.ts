// WebCrypto that throws at once instead of rejecting, also for a key that has been imported before.

import { expect, test, vi } from 'vitest';
import { type Algorithm, findAlgorithm } from '../../../src/signature/algorithms.ts';
import {
  toVerificationKey,
  type VerificationKey,
} from '../../../src/signature/verification-key.ts';
import { verifySignature } from '../../../src/signature/verify.ts';
import { decodeToken } from '../../../src/token/decode.ts';
import { createSigner } from '../../support/tokens.ts';

const ES256 = findAlgorithm('ES256') as Algorithm;
const signer = await createSigner('ES256');
const token = decodeToken(await signer.sign());

test.each(['importKey', 'verify'] as const)(
  '%s throws: no more than a bad signature',
  async (name) => {
    for (const isImported of [false, true]) {
      const key = toVerificationKey(signer.jwk, ES256) as VerificationKey;
      const verify = () => verifySignature(token, ES256, [key], (signer) => signer !== undefined);
      if (isImported) {
        expect(await verify()).toBe(true);
      }
      const spy = vi.spyOn(crypto.subtle, name).mockImplementation(() => {
        throw new TypeError('x');
      });
      // What has been imported is not imported again.
      expect(await verify()).toBe(isImported && name === 'importKey');
      spy.mockRestore();
    }
  },
);

test('a key is imported once', async () => {
  const key = toVerificationKey(signer.jwk, ES256) as VerificationKey;
  const spy = vi.spyOn(crypto.subtle, 'importKey');
  for (const _round of [1, 2, 3]) {
    expect(await verifySignature(token, ES256, [key], (signer) => signer !== undefined)).toBe(true);
  }
  expect(spy).toHaveBeenCalledTimes(1);
});

test('a key whose signatures have another length is passed over, and the next is tried', async () => {
  const key = toVerificationKey(signer.jwk, ES256) as VerificationKey;
  const other = { ...key, signatureLength: 65 };
  for (const keys of [
    [other, key],
    [other, other, key],
    [key, other],
  ]) {
    expect(await verifySignature(token, ES256, keys, (signer) => signer !== undefined)).toBe(true);
  }
  expect(
    await verifySignature(token, ES256, [other, other], (signer) => signer !== undefined),
  ).toBe(false);
});
