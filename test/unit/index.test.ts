import { expect, test } from 'vitest';
import * as entry from '../../src/index.ts';

test('nothing but a default export leaves the module: njs takes no other', () => {
  expect(Object.keys(entry)).toEqual(['default']);
});

test('the configuration can name these handlers', () => {
  expect(entry.default).toEqual({
    validateJwt: expect.any(Function),
    enforceJwt: expect.any(Function),
    answerError: expect.any(Function),
    errorBody: expect.any(Function),
    errorHeaders: expect.any(Function),
    loginLocation: expect.any(Function),
    claims: expect.any(Function),
    redactedArgs: expect.any(Function),
    redactedUri: expect.any(Function),
    refreshKeys: expect.any(Function),
    unverifiedIss: expect.any(Function),
    unverifiedKid: expect.any(Function),
    issueJwt: expect.any(Function),
    publishJwks: expect.any(Function),
  });
});
