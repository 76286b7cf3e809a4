import { expect, test } from 'vitest';
import { isRefusal, refuse } from '../../src/refusal.ts';
import { rows } from '../support/rows.ts';

test('a refusal has a reason, a detail and an explanation', () => {
  expect(refuse('not_active', 'expired', 'why')).toEqual({
    kind: 'refusal',
    reason: 'not_active',
    detail: 'expired',
    explanation: 'why',
  });
});

test('detail and explanation are empty unless given', () => {
  expect(refuse('empty_token')).toMatchObject({ detail: '', explanation: '' });
});

test('a refusal is told from all else that can be thrown', () => {
  expect(isRefusal(refuse('empty_token'))).toBe(true);
});

test.each(
  rows([
    undefined,
    null,
    '',
    'refusal',
    0,
    true,
    {},
    [],
    new Error('refusal'),
    { kind: 'x' },
    () => 'refusal',
  ]),
)('$value is no refusal', ({ value: thrown }) => {
  expect(isRefusal(thrown)).toBe(false);
});
