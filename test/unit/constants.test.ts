// Limits and times as the documentation has them: other tests count from the constants, and would follow
// one that is changed by mistake.

import { expect, test } from 'vitest';
import { MAX_CONSUMERS_LENGTH, MAX_CREDENTIALS } from '../../src/consumers/parse.ts';
import { DEADLINE_MS } from '../../src/handlers/door.ts';
import { MAX_JSON_DEPTH } from '../../src/json-limits.ts';
import { MAX_CANDIDATES } from '../../src/keys/choose.ts';
import { MAX_JWKS_LENGTH, MAX_KEYS } from '../../src/keys/jwks.ts';
import {
  BACKGROUND_REFRESH_AFTER,
  PATIENCE_MS,
  REFUSAL_PAUSE,
  STALE_PAUSE,
} from '../../src/keys/source-keys.ts';
import { LOCK_SECONDS, RELIEF_SECONDS } from '../../src/keys/store.ts';
import { FETCH_DEADLINE_MS, LAST_HEARTBEAT_MS } from '../../src/keys/wait.ts';
import { MAX_REVOCATIONS, MAX_REVOCATIONS_LENGTH } from '../../src/revocation/parse.ts';
import {
  MAX_RSA_BITS,
  MAX_RSA_EXPONENT_BYTES,
  MIN_HMAC_BYTES,
  MIN_RSA_BITS,
} from '../../src/signature/verification-key.ts';
import { MAX_REMEMBERED } from '../../src/signature/verified.ts';
import { MAX_TOKEN_LENGTH } from '../../src/token/decode.ts';

test('what may be how long, and how many', () => {
  expect({ MAX_TOKEN_LENGTH, MAX_JSON_DEPTH, MAX_KEYS, MAX_CANDIDATES }).toEqual({
    MAX_TOKEN_LENGTH: 16384,
    MAX_JSON_DEPTH: 24,
    MAX_KEYS: 256,
    MAX_CANDIDATES: 8,
  });
  expect([MAX_JWKS_LENGTH, MAX_REVOCATIONS_LENGTH]).toEqual([1024 * 1024, 1024 * 1024]);
  expect([MAX_CONSUMERS_LENGTH, MAX_CREDENTIALS]).toEqual([512 * 1024, 1000]);
  expect(MAX_REVOCATIONS).toBe(10_000);
});

test('what keys must be', () => {
  expect({ MIN_RSA_BITS, MAX_RSA_BITS, MAX_RSA_EXPONENT_BYTES, MIN_HMAC_BYTES }).toEqual({
    MIN_RSA_BITS: 2048,
    MAX_RSA_BITS: 8192,
    MAX_RSA_EXPONENT_BYTES: 8,
    MIN_HMAC_BYTES: 32,
  });
});

test('how long what lasts', () => {
  expect({ FETCH_DEADLINE_MS, DEADLINE_MS, LAST_HEARTBEAT_MS, PATIENCE_MS }).toEqual({
    FETCH_DEADLINE_MS: 4000,
    DEADLINE_MS: 8000,
    LAST_HEARTBEAT_MS: 9000,
    PATIENCE_MS: 1000,
  });
  expect({ LOCK_SECONDS, RELIEF_SECONDS, STALE_PAUSE, REFUSAL_PAUSE, MAX_REMEMBERED }).toEqual({
    LOCK_SECONDS: 1,
    RELIEF_SECONDS: 0.2,
    STALE_PAUSE: 10,
    REFUSAL_PAUSE: 1,
    MAX_REMEMBERED: 3600,
  });
  expect(BACKGROUND_REFRESH_AFTER).toBe(0.75);
});
