import { expect, test } from 'vitest';
import { parseTokenSource } from '../../../src/token/sources.ts';

test.each([
  ['header:Authorization', { kind: 'header', name: 'Authorization' }],
  ['header:X-Token', { kind: 'header', name: 'X-Token' }],
  ['cookie:auth', { kind: 'cookie', name: 'auth' }],
  ['cookie:__Host-auth', { kind: 'cookie', name: '__Host-auth' }],
  ['query:access_token', { kind: 'query', name: 'access_token' }],
  ['variable:my_token', { kind: 'variable', name: 'my_token' }],
  ['protocol', { kind: 'protocol' }],
])('%s is a source', (word, source) => {
  expect(parseTokenSource(word)).toEqual(source);
});

test.each([
  ...[
    '',
    ':',
    'header',
    'header:',
    ':X-Token',
    'Header:X-Token',
    'HEADER:x',
    'bearer',
    'body:token',
  ],
  ...['protocol:', 'protocol:bearer', 'Protocol', 'toString:x', '__proto__:x', 'constructor:x'],
  ...['header:a:b', 'header:a b', 'header:ä', 'cookie:a;b', 'cookie:a=b', 'cookie:a,b'],
  ...['query:a&b', 'query:a=b', 'query:a%20b', 'variable:$token', 'variable:a-b', 'variable:a.b'],
])('%j is none', (word) => {
  expect(parseTokenSource(word)).toBeUndefined();
});
