import { expect, test } from 'vitest';
import { describeToken } from '../../../src/issuing/answer.ts';

test.each([
  ['token', 60, 'application/json', '{"token":"a.b.c"}\n'],
  [
    'oauth',
    60,
    'application/json',
    '{"access_token":"a.b.c","token_type":"Bearer","expires_in":60}\n',
  ],
  ['oauth', undefined, 'application/json', '{"access_token":"a.b.c","token_type":"Bearer"}\n'],
  ['text', 60, 'text/plain', 'a.b.c'],
] as const)('%s, %s', (format, expiresIn, contentType, body) => {
  expect(describeToken(format, 'a.b.c', expiresIn)).toEqual({ contentType, body });
});
