import { expect, test } from 'vitest';
import { Memo } from '../../src/memo.ts';

test('what is kept is found, by exactly its text', () => {
  const memo = new Memo<number>(4);
  memo.keep('a', 1);
  memo.keep('', 2);
  memo.keep('__proto__', 3);
  expect(['a', '', '__proto__', 'A', 'a ', 'constructor'].map((text) => memo.find(text))).toEqual([
    ...[1, 2, 3, undefined, undefined, undefined],
  ]);
});

test('the oldest makes room', () => {
  const memo = new Memo<string>(3);
  const texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  for (const text of texts) {
    memo.keep(text, text);
  }
  expect(texts.filter((text) => memo.find(text) === text)).toEqual(['e', 'f', 'g']);
});
