import { expect, test } from 'vitest';
import { matchesGlob, parseGlob } from '../../../src/claims/glob.ts';

test.each([
  ['admin', ['admin'], ['', 'Admin', 'admins', 'xadmin', 'admi']],
  ['', [''], ['x']],
  ['*', ['', 'x', '*'], []],
  ['**', ['', 'x'], []],
  ['admin*', ['admin', 'admins'], ['admi', 'xadmin']],
  ['*@example.com', ['@example.com', 'a@example.com'], ['a@example.com.evil', 'a@example.org']],
  ['*test*', ['test', 'a test b'], ['tes', 'tets']],
  ['a*a', ['aa', 'aba', 'aaa'], ['a', 'ab', 'ba']],
  ['ab*ba', ['abba', 'ab-ba'], ['aba', 'abb']],
  ['urn:*:user:*', ['urn:x:user:', 'urn:x:user:1', 'urn::user:1'], ['urn:user:1', 'urn:x:users:1']],
  ['a*b*c', ['abc', 'a-b-c', 'abbc', 'abcbc'], ['acb', 'ac', 'ab']],
  ['*ab*ab', ['abab', 'ab-ab', 'ababab'], ['ab', 'aab', 'abba']],
  ['a.c', ['a.c'], ['abc']],
  ['a?c', ['a?c'], ['abc']],
  ['[ab]', ['[ab]'], ['a']],
  ['$(x)', ['$(x)'], ['x']],
])('%j matches what has its form, as a whole', (pattern, matching, others) => {
  const glob = parseGlob(pattern);
  expect([...matching, ...others].filter((text) => matchesGlob(glob, text))).toEqual(matching);
});

test('what cannot match takes no time', () => {
  const glob = parseGlob(`${'*a'.repeat(60)}b*`);
  const before = performance.now();
  expect(matchesGlob(glob, 'a'.repeat(12000))).toBe(false);
  expect(performance.now() - before).toBeLessThan(500);
});
