import { expect, test, vi } from 'vitest';
import { drainErrorQueue, subtle } from '../../../src/signature/subtle.ts';

test('WebCrypto is that of the surroundings', () => {
  expect(subtle).toBe(crypto.subtle);
});

test('the error queue is drained by a call that fails, and nobody hears of it', async () => {
  const importKey = vi.spyOn(crypto.subtle, 'importKey');
  await expect(drainErrorQueue()).resolves.toBeUndefined();
  await expect(importKey.mock.results[0]?.value).rejects.toThrow();
});

test('an engine whose calls throw instead of rejecting is no trouble', async () => {
  vi.spyOn(crypto.subtle, 'importKey').mockImplementation(() => {
    throw new TypeError('d2i_PUBKEY() failed');
  });
  await expect(drainErrorQueue()).resolves.toBeUndefined();
});
