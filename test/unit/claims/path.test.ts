import { describe, expect, test } from 'vitest';
import { type ClaimPath, parsePath, resolvePath } from '../../../src/claims/path.ts';

test.each([
  ['sub', ['sub']],
  ['realm_access.roles', ['realm_access', 'roles']],
  ['groups.0.name', ['groups', '0', 'name']],
  ['/sub', ['sub']],
  ['/a/b', ['a', 'b']],
  ['/https:~1~1example.com~1tenant', ['https://example.com/tenant']],
  ['/a.b', ['a.b']],
  ['/~01', ['~1']],
  ['/~10', ['/0']],
  ['/', ['']],
  ['/a/', ['a', '']],
])('%j is a path', (text, path) => {
  expect(parsePath(text)).toEqual(path);
});

test.each(['', '.', 'a.', '.a', 'a..b', '/~', '/a~2', '/a~/b'])('%j is none', (text) => {
  expect(parsePath(text)).toBeUndefined();
});

describe('a value is found', () => {
  const CLAIMS = {
    sub: 'alice',
    none: null,
    'a.b': 1,
    a: { b: 2, '': 3, '0': 4 },
    list: ['x', { y: 5 }],
    deep: [[6]],
  };

  test.each([
    ['sub', 'alice'],
    ['none', null],
    ['a.b', 2],
    ['/a.b', 1],
    ['/a/b', 2],
    ['/a/', 3],
    ['a.0', 4],
    ['list.0', 'x'],
    ['/list/1/y', 5],
    ['deep.0.0', 6],
    ['a', CLAIMS.a],
  ])('at %j', (text, value) => {
    expect(resolvePath(CLAIMS, parsePath(text) as ClaimPath)).toEqual(value);
  });

  test.each([
    ...['x', 'a.x', 'sub.x', 'sub.0', 'sub.length', 'none.x', 'list.2', 'list.00', 'list.-1'],
    ...['list.length', 'list.x', 'list.1e0', 'list.99999999999', 'toString', '__proto__', 'a.b.c'],
    ...['constructor.name', 'list.constructor', '/list/ 0'],
  ])('and none is at %j', (text) => {
    expect(resolvePath(CLAIMS, parsePath(text) as ClaimPath)).toBeUndefined();
  });
});
