import { expect, test } from 'vitest';
import { keySource, nameOf } from '../../../src/keys/source.ts';
import { DECLARED } from '../../support/fake-request.ts';

test.each([
  ['file', '/keys.json', '$auth_jwt_key_file "/keys.json"'],
  ['request', '/_jwks?a=b', '$auth_jwt_key_request "/_jwks?a=b"'],
  ['url', 'https://idp/jwks', '$auth_jwt_key_url "https://idp/jwks"'],
  ['discovery', 'https://idp/', '$auth_jwt_key_discovery "https://idp/"'],
] as const)('a source of kind %s is named by its setting', (kind, location, name) => {
  expect(nameOf(keySource(kind, location))).toBe(name);
  expect(DECLARED).toHaveProperty(`auth_jwt_key_${kind}`);
});
