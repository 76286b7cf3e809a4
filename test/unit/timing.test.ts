// A refusal must not tell by its time how much of a guessed MAC was right.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { type Algorithm, findAlgorithm } from '../../src/signature/algorithms.ts';
import { toVerificationKey, type VerificationKey } from '../../src/signature/verification-key.ts';
import { areEqual, verifySignature } from '../../src/signature/verify.ts';
import { decodeToken } from '../../src/token/decode.ts';
import { breakSignature, createSigner } from '../support/tokens.ts';

describe('bytes are compared', () => {
  test.each([
    ['equal ones', [1, 2, 3], [1, 2, 3], true],
    ['none', [], [], true],
    ['the first is another', [0, 2, 3], [1, 2, 3], false],
    ['the last is another', [1, 2, 3], [1, 2, 4], false],
    ['two that cancel each other out in a sum', [1, 2], [2, 1], false],
    ['one is longer', [1, 2, 3], [1, 2], false],
    ['one is shorter', [1, 2], [1, 2, 3], false],
    ['high bits only', [0x80], [0], false],
  ])('%s', (_what, one, other, answer) => {
    expect(areEqual(Buffer.from(one), Buffer.from(other))).toBe(answer);
  });

  test('in the same time wherever they differ', () => {
    // Long ones, for what is sought is then a thousand times as much as the noise.
    const secret = Buffer.alloc(1 << 18, 7);
    const guesses = [0, secret.length - 1].map((place) => {
      const guess = Buffer.from(secret);
      guess[place] = 8;
      return guess;
    });
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < 61; round += 1) {
      for (const [index, guess] of guesses.entries()) {
        const begin = performance.now();
        expect(areEqual(secret, guess)).toBe(false);
        times[index]?.push(performance.now() - begin);
      }
    }
    // The first rounds are for the compiler.
    const [first, last] = times.map((all) => median(all.slice(11)));
    expect((first as number) / (last as number)).toBeGreaterThan(0.5);
    expect((first as number) / (last as number)).toBeLessThan(2);
  });
});

describe.each(['HS256', 'HS384', 'HS512'])('%s', async (alg) => {
  const signer = await createSigner(alg);
  const algorithm = findAlgorithm(alg) as Algorithm;
  const keys = [toVerificationKey(signer.jwk, algorithm) as VerificationKey];
  const compact = await signer.sign();

  test('is compared by us, not by WebCrypto: that of njs takes memcmp', async () => {
    vi.spyOn(crypto.subtle, 'verify');
    for (const [token, answer] of [
      [compact, true],
      [breakSignature(compact), false],
    ] as const) {
      expect(
        await verifySignature(
          decodeToken(token),
          algorithm,
          keys,
          (signer) => signer !== undefined,
        ),
      ).toBe(answer);
    }
    expect(crypto.subtle.verify).not.toHaveBeenCalled();
  });

  test.each([undefined, null, 'text', {}, []])('a MAC that is %j is none', async (mac) => {
    vi.spyOn(crypto.subtle, 'sign').mockResolvedValue(mac as unknown as ArrayBuffer);
    expect(
      await verifySignature(
        decodeToken(compact),
        algorithm,
        keys,
        (signer) => signer !== undefined,
      ),
    ).toBe(false);
  });
});

test('nothing in the sources compares a signature or a MAC in another way', () => {
  const src = new URL('../../src/', import.meta.url);
  const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => {
      const code = readFileSync(new URL(file, src), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      return /\b(?:signature|mac)\b *[!=]==? |[!=]== *(?:signature|mac)\b|\.(?:equals|compare)\(|timingSafe/.test(
        code,
      );
    });
  expect(found).toEqual([]);
});

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] as number;
}
