import { beforeEach, expect, test, vi } from 'vitest';
import {
  ALGORITHM_NAMES,
  type Algorithm,
  findAlgorithm,
} from '../../../src/signature/algorithms.ts';

const algorithm = (name: string) => findAlgorithm(name) as Algorithm;

/** A fresh module: it remembers what it found. */
async function load() {
  vi.resetModules();
  return await import('../../../src/signature/availability.ts');
}

beforeEach(() => {
  vi.spyOn(crypto.subtle, 'importKey');
});

/** An nginx that knows no Ed25519. */
function withoutEd25519(): void {
  vi.mocked(crypto.subtle.importKey).mockRejectedValue(
    new TypeError('unknown algorithm name: "Ed25519"'),
  );
}

test.each(ALGORITHM_NAMES.filter((name) => !name.startsWith('Ed')))(
  '%s is always there, and not tried',
  async (name) => {
    const { isAvailable } = await load();
    expect(await isAvailable(algorithm(name))).toBe(true);
    expect(crypto.subtle.importKey).not.toHaveBeenCalled();
  },
);

test.each(['EdDSA', 'Ed25519'])('%s is there where a key can be imported', async (name) => {
  const { isAvailable } = await load();
  expect(await isAvailable(algorithm(name))).toBe(true);
});

test.each(['EdDSA', 'Ed25519'])('%s is not there where none can', async (name) => {
  withoutEd25519();
  const { isAvailable } = await load();
  expect(await isAvailable(algorithm(name))).toBe(false);
  expect(await isAvailable(algorithm('RS256'))).toBe(true);
});

test('it is tried once, for both names', async () => {
  const { isAvailable } = await load();
  await isAvailable(algorithm('EdDSA'));
  await isAvailable(algorithm('Ed25519'));
  expect(crypto.subtle.importKey).toHaveBeenCalledTimes(1);
});

test('a failed try leaves nothing in the error queue of OpenSSL, and is not repeated', async () => {
  withoutEd25519();
  const { isAvailable } = await load();
  await isAvailable(algorithm('EdDSA'));
  expect(vi.mocked(crypto.subtle.importKey).mock.calls.map(([format]) => format)).toEqual([
    'jwk',
    'spki',
  ]);
  await isAvailable(algorithm('EdDSA'));
  expect(crypto.subtle.importKey).toHaveBeenCalledTimes(2);
});
