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

test('the name of RFC 6750 holds a token wherever tokens are looked for', () => {
  expect(redactUri('/a?access_token=S&token=x', '')).toBe('/a?token=x');
});
