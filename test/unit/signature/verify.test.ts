import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ALGORITHM_NAMES,
  type Algorithm,
  findAlgorithm,
} from '../../../src/signature/algorithms.ts';
import {
  toVerificationKey,
  type VerificationKey,
} from '../../../src/signature/verification-key.ts';
import { verifySignature } from '../../../src/signature/verify.ts';
import { decodeToken, type UnverifiedToken } from '../../../src/token/decode.ts';
import { rows } from '../../support/rows.ts';
import { breakSignature, createSigner, type Signer } from '../../support/tokens.ts';

const algorithm = (name: string) => findAlgorithm(name) as Algorithm;
const keyOf = ({ jwk }: Signer, alg: string) =>
  toVerificationKey(jwk, algorithm(alg)) as VerificationKey;

const signer = await createSigner('ES256');
const stranger = await createSigner('ES256');
const ES256 = algorithm('ES256');
const GOOD = decodeToken(await signer.sign());
const KEYS = [keyOf(signer, 'ES256')];

/** The formats of the keys that were imported: `spki` is the call that drains the error queue. */
const imported = () => vi.mocked(crypto.subtle.importKey).mock.calls.map(([format]) => format);

beforeEach(() => {
  for (const key of KEYS) {
    delete key.imported;
  }
  vi.spyOn(crypto.subtle, 'importKey');
  vi.spyOn(crypto.subtle, 'verify');
});

/** What the promise comes to: the answer itself. */
const tell = (signer: VerificationKey | undefined) => signer !== undefined;

describe.each(ALGORITHM_NAMES)('%s', async (alg) => {
  const own = await createSigner(alg);
  const compact = await own.sign();
  const keys = [keyOf(own, alg)];

  test('verifies a signature', async () => {
    expect(await verifySignature(decodeToken(compact), algorithm(alg), keys, tell)).toBe(true);
    expect(imported()).not.toContain('spki');
  });

  test('does not verify one that was changed, and cleans up', async () => {
    const changed = decodeToken(breakSignature(compact));
    expect(await verifySignature(changed, algorithm(alg), keys, tell)).toBe(false);
    expect(imported().at(-1)).toBe('spki');
  });

  test('does not verify one of something else', async () => {
    const other = { ...decodeToken(compact), signingInput: `${compact}x` };
    expect(await verifySignature(other, algorithm(alg), keys, tell)).toBe(false);
  });

  test.each([-1, 1])('does not even try one whose length is off by %d', async (by) => {
    const token = decodeToken(compact);
    const signature = Buffer.alloc(token.signature.length + by, token.signature);
    expect(await verifySignature({ ...token, signature }, algorithm(alg), keys, tell)).toBe(false);
    expect(crypto.subtle.importKey).not.toHaveBeenCalled();
    expect(crypto.subtle.verify).not.toHaveBeenCalled();
  });
});

describe('keys', () => {
  test('are tried in turn, as far as needed', async () => {
    const keys = [keyOf(stranger, 'ES256'), ...KEYS, keyOf(stranger, 'ES256')];
    expect(await verifySignature(GOOD, ES256, keys, tell)).toBe(true);
    expect(crypto.subtle.verify).toHaveBeenCalledTimes(2);
  });

  test('of others do not verify', async () => {
    expect(await verifySignature(GOOD, ES256, [keyOf(stranger, 'ES256')], tell)).toBe(false);
  });

  test('there must be', async () => {
    expect(await verifySignature(GOOD, ES256, [], tell)).toBe(false);
  });

  test('that cannot be imported do not keep others from being tried', async () => {
    const offCurve = { ...KEYS[0], data: { kty: 'EC', crv: 'P-256', x: zeros(32), y: zeros(32) } };
    expect(await verifySignature(GOOD, ES256, [offCurve as VerificationKey, ...KEYS], tell)).toBe(
      true,
    );
    expect(imported()).toEqual(['jwk', 'spki', 'jwk']);
  });

  test('are not extractable, and for verifying only', async () => {
    await verifySignature(GOOD, ES256, KEYS, tell);
    expect(crypto.subtle.importKey).toHaveBeenCalledExactlyOnceWith(
      'jwk',
      KEYS[0]?.data,
      ES256.importParameters,
      false,
      ['verify'],
    );
  });
});

describe('an engine', () => {
  const judge = (token: UnverifiedToken = GOOD) => verifySignature(token, ES256, KEYS, tell);

  test.each(rows([undefined, null, 1, 'true', {}, [], new Boolean(true)]))(
    'that answers $value has not said yes',
    async ({ value: answer }) => {
      vi.mocked(crypto.subtle.verify).mockResolvedValue(answer as boolean);
      expect(await judge()).toBe(false);
    },
  );

  test('that rejects has not said yes', async () => {
    vi.mocked(crypto.subtle.verify).mockRejectedValue(new Error('EVP_PKEY_verify() failed'));
    expect(await judge()).toBe(false);
    expect(imported()).toEqual(['jwk', 'spki']);
  });

  test('that throws has not said yes', async () => {
    vi.mocked(crypto.subtle.verify).mockImplementation(() => {
      throw new TypeError('invalid ECDSA signature length');
    });
    expect(await judge()).toBe(false);
    expect(imported()).toEqual(['jwk', 'spki']);
  });

  test('that cannot import has not said yes', async () => {
    vi.mocked(crypto.subtle.importKey).mockRejectedValue(new TypeError('x'));
    expect(await judge()).toBe(false);
    expect(crypto.subtle.verify).not.toHaveBeenCalled();
  });
});

function zeros(length: number): string {
  return Buffer.alloc(length).toString('base64url');
}
