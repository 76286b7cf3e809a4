// Choices are remembered by key set, algorithm and name of the key, and by nothing less.

import { expect, test } from 'vitest';
import { chooseKeys } from '../../../src/keys/choose.ts';
import { type Algorithm, findAlgorithm } from '../../../src/signature/algorithms.ts';
import { keySetOf } from '../../support/fake-ring.ts';
import { createSigner } from '../../support/tokens.ts';

const ES256 = findAlgorithm('ES256') as Algorithm;
const ES384 = findAlgorithm('ES384') as Algorithm;
const { jwk: KEY } = await createSigner('ES256', 'one');

test('a choice is that of its set, its algorithm and its name, however often it is made', () => {
  const set = keySetOf([KEY], { generation: 'g' });
  const other = keySetOf([], { generation: 'h' });
  for (const _round of [1, 2]) {
    const choices = [undefined, 'one', 'undefined', '', '=one'].map(
      (kid) => chooseKeys(set, ES256, kid).candidates.length,
    );
    expect(choices).toEqual([1, 1, 0, 0, 0]);
    expect(chooseKeys(set, ES384, undefined).candidates).toEqual([]);
    expect(chooseKeys(other, ES256, undefined).candidates).toEqual([]);
  }
});

test('a choice is remembered with what has been imported of it', () => {
  const set = keySetOf([KEY], { generation: 'again' });
  expect(chooseKeys(set, ES256, 'one')).toBe(chooseKeys(set, ES256, 'one'));
});

test('nothing is remembered of a set without a generation', () => {
  expect(chooseKeys(keySetOf([KEY]), ES256, 'one').candidates).toHaveLength(1);
  expect(chooseKeys(keySetOf([]), ES256, 'one').candidates).toEqual([]);
});

test('names that a set has not are not remembered in the place of those that it has', () => {
  const set = keySetOf([KEY], { generation: 'flood' });
  const first = chooseKeys(set, ES256, 'one');
  for (let index = 0; index < 100; index += 1) {
    chooseKeys(set, ES256, `no ${index}`);
  }
  expect(chooseKeys(set, ES256, 'one')).toBe(first);
});

test('one key that is slow takes the place of four', () => {
  const n = Buffer.alloc(256, 0xff).toString('base64url');
  const keys = ['AQAAAQ', ...Array(9).fill('AQAB')].map((e) => ({ kty: 'RSA', n, e }));
  const RS256 = findAlgorithm('RS256') as Algorithm;
  expect(chooseKeys(keySetOf(keys), RS256, undefined).candidates).toHaveLength(5);
});
