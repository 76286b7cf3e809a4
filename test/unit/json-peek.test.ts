import { describe, expect, test } from 'vitest';
import { peekMember } from '../../src/json-peek.ts';

/** Names in plenty: the text is not parsed as it stands. */
const MANY = Array.from({ length: 200 }, (_, index) => `"x${index}":"a:b"`).join(',');

const peek = (text: string, name = 'iss') => peekMember(Buffer.from(text), name);

describe.each([
  ['few', ''],
  ['many', `${MANY},`],
])('among %s members', (_few, others) => {
  test.each([
    ['"iss":"a"', 'a'],
    ['"iss":"a","iss":"b"', 'b'],
    ['"\\u0069ss":"a"', 'a'],
    ['"iss":"a","i\\u0073s":"b"', 'b'],
    [' "iss" : "a" ', 'a'],
    ['"iss":"https:\\/\\/a\\\\\\"{[:,]}"', 'https://a\\"{[:,]}'],
    ['"iss":"\\\\"', '\\'],
    ['"iss":"é😀\\ud83d\\ude00"', 'é😀😀'],
    ['"iss":""', ''],
    ['"x":{"iss":"a"},"y":["iss","b"]', undefined],
    ['"x":"iss","y":"\\"iss\\":1"', undefined],
    ['"iss\\\\":"a"', undefined],
    ['"iss":1', null],
    ['"iss":null', null],
    ['"iss":["a"]', null],
    ['"iss":{"a":"b"}', null],
    ['"iss":"a","iss":null', null],
  ])('{%s} has %j', (members, value) => {
    expect(peek(`{${others}${members}}`)).toBe(value);
    expect(peek(`{${members}${others === '' ? '' : `,${MANY}`}}`)).toBe(value);
  });
});

test.each(['', 'null', '"iss"', '["iss","a"]', ' ["iss","a"]', '{', '{"iss":"a"', '{"iss":a}'])(
  'what is no object has no member: %j',
  (text) => {
    expect(peek(text)).toBeUndefined();
    expect(peek(text.replace('"a"', `"a",${MANY}`))).toBeUndefined();
  },
);

test('bytes that are no UTF-8 have no member', () => {
  expect(peekMember(Buffer.from('{"iss":"\xff"}', 'latin1'), 'iss')).toBeUndefined();
});

test.each(['__proto__', 'toString', 'constructor'])('%s is a name like others', (name) => {
  expect(peek('{"a":1}', name)).toBeUndefined();
  expect(peek(`{"${name}":"a"}`, name)).toBe('a');
});

test.each([
  ['arrays', '[],', '[]'],
  ['objects', '{},', '{}'],
])('a text with more than 1024 %s is not looked into', (_what, piece, last) => {
  const text = (count: number) => `{"iss":"a","x":[${piece.repeat(count - 1)}${last}]}`;
  expect(peek(text(1023))).toBe('a');
  expect(peek(text(1025))).toBeUndefined();
});

test('nor is one with more than 256 colons and 512 strings', () => {
  const text = (count: number) => `{"iss":"a",${MANY},"x":[${'"",'.repeat(count - 1)}""]}`;
  expect(peek(text(512 - 403))).toBe('a');
  expect(peek(text(512 - 402))).toBeUndefined();
  expect(peek(`{"iss":"a","x":[${'"",'.repeat(1024)}""]}`)).toBe('a');
});
