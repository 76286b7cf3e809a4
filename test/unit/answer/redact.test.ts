import { expect, test } from 'vitest';
import { redactUri } from '../../../src/answer/redact.ts';

test.each([
  ['/a', '/a'],
  ['/a?', '/a?'],
  ['/a?x=1&y', '/a?x=1&y'],
  ['/a?token=S', '/a'],
  ['/a?token', '/a'],
  ['/a?x=1&token=S&y', '/a?x=1&y'],
  ['/a?token=S&token=T&z=token', '/a?z=token'],
  ['/a?access_token=S&x=1', '/a?x=1'],
  ['/a?access%5Ftoken=S&%74oken=T&x', '/a?x'],
  ['/a?Token=1&tokens=2&xtoken=3', '/a?Token=1&tokens=2&xtoken=3'],
  ['/a?%zz=1', '/a?%zz=1'],
  ['/a?x=1?token=S', '/a?x=1?token=S'],
  ['/a?&&', '/a?&&'],
  ['/a?%=1&token=S&%c3%a9=2&token%zz', '/a?%=1&%c3%a9=2&token%zz'],
  ['/a?&token=S&', '/a?&'],
])('%j without tokens is %j', (uri, redacted) => {
  expect(redactUri(uri, 'header:Authorization  query:token')).toBe(redacted);
});

test.each([
  ['query:a.b*c', '/a?a.b*c=S&axb=1&a%2Eb%2ac=T&a.bb=2', '/a?axb=1&a.bb=2'],
  ['query:t query:u', '/a?u=S&v=1&%75=T&t', '/a?v=1'],
  ['query:', '/a?=S&x&&', '/a?=S&x&&'],
  ['query:(', '/a?(=S&x', '/a?x'],
  ['query:t', '/a?%6A=1&%4a=2&%7=3&%=4&%74%3dx=5', '/a?%6A=1&%4a=2&%7=3&%=4&%74%3dx=5'],
  ['query:j query:J', '/a?%6A=1&%6a=2&%4a=3&%4A=4&j&k', '/a?k'],
])('with %j, %j is %j', (tokenFrom, uri, redacted) => {
  expect(redactUri(uri, tokenFrom)).toBe(redacted);
  expect(redactUri(uri, tokenFrom)).toBe(redacted);
});

test('of more than 64 tokens none is left, nor is anything else', () => {
  const uri = (count: number) => `/a?x=1${'&token=S'.repeat(count)}&y=2`;
  expect(redactUri(uri(63), 'query:token')).toBe('/a?x=1&y=2');
  expect(redactUri(uri(65), 'query:token')).toBe('/a');
});

test('the name of RFC 6750 holds a token wherever tokens are looked for', () => {
  expect(redactUri('/a?access_token=S&token=x', '')).toBe('/a?token=x');
});
