import { expect, test } from 'vitest';
import { Outlets } from '../../../src/answer/outlets.ts';

const DECLARED = { jwt_claim_sub: '', jwt_header_kid: '', 'jwt_claim_A-b': '', jwt_claim_: '' };

test.each([
  ['jwt_claim_', 'sub', 'jwt_claim_sub'],
  ['jwt_header_', 'kid', 'jwt_header_kid'],
  ['jwt_header_', 'sub', ''],
  ['jwt_claim_', 'role', ''],
  ['jwt_claim_', 'SUB', ''],
  ['jwt_claim_', 'A-b', ''],
  ['jwt_claim_', '', ''],
  ['jwt_claim_', '__proto__', ''],
])('for %s and %j there is %j', (prefix, name, outlet) => {
  const outlets = new Outlets(prefix);
  for (const _time of [1, 2]) {
    expect(outlets.find(name, DECLARED)).toBe(outlet);
  }
});

test('each name is looked up once, as far as they are few', () => {
  const looked: string[] = [];
  const variables = new Proxy<Record<string, string>>(
    {},
    {
      has: (_target, name) => {
        looked.push(String(name));
        return true;
      },
    },
  );
  const outlets = new Outlets('jwt_claim_');
  for (const _round of [1, 2]) {
    for (let count = 0; count < 300; count += 1) {
      expect(outlets.find(`c${count}`, variables)).toBe(`jwt_claim_c${count}`);
    }
  }
  expect(looked).toHaveLength(300 + 300 - 256);
});

test.each([
  [true, 'a\r\nb', 'a\r\nb'],
  [false, 'a\r\nb', ''],
  [false, 'alice', 'alice'],
  [true, ['a', 1], 'a,1'],
])('what is said to be plain (%s) is not looked at again: %j', (isPlain, sub, value) => {
  const target = {};
  new Outlets('jwt_claim_').fill({ role: 'x', sub }, isPlain, DECLARED, target);
  expect(target).toEqual({ jwt_claim_sub: value });
});
