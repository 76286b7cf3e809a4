import { expect, test } from 'vitest';
import { redactedArgs, redactedUri } from '../../../src/handlers/redacted-uri.ts';
import { fakeRequest } from '../../support/fake-request.ts';

test.each([
  ['/a', '', '/a'],
  ['/a?', '', '/a?'],
  ['/a?access_token=x', '', '/a'],
  ['/a?b=1&access_token=x&c=?d', 'b=1&c=?d', '/a?b=1&c=?d'],
  ['/a?jwt=x&b', 'b', '/a?b'],
  ['', '', ''],
])('%s has the arguments "%s" without those that hold tokens', (request_uri, args, uri) => {
  const variables = { request_uri, auth_jwt_token_from: 'query:jwt' };
  expect(redactedArgs(fakeRequest({ variables }))).toBe(args);
  expect(redactedUri(fakeRequest({ variables }))).toBe(uri);
});

test('without variables there are none', () => {
  expect(redactedArgs({ ...fakeRequest(), variables: {} })).toBe('');
});
