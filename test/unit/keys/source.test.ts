import { expect, test } from 'vitest';
import { consumersSource, keySource, nameOf, revocationSource } from '../../../src/keys/source.ts';
import { DECLARED } from '../../support/fake-request.ts';

test('sources of other things are told apart by all that makes a difference', () => {
  expect(consumersSource('/c', 'iss', true)).toEqual({
    kind: 'file',
    location: '/c',
    content: 'consumers',
    id: 'consumers base64 iss /c',
    isBase64: true,
  });
  expect(consumersSource('/c', 'kid', false)).toMatchObject({
    id: 'consumers text kid /c',
    isBase64: false,
  });
  expect(revocationSource('request', '/_r')).toEqual({
    kind: 'request',
    location: '/_r',
    content: 'revocation',
    id: 'revocation request /_r',
  });
  expect(nameOf(revocationSource('file', '/r'))).toBe('$auth_jwt_revocation_file "/r"');
  expect(nameOf(consumersSource('/c', 'iss', true))).toBe('$auth_jwt_consumers_file "/c"');
});

test.each([
  ['file', '/keys.json', '$auth_jwt_key_file "/keys.json"'],
  ['request', '/_jwks?a=b', '$auth_jwt_key_request "/_jwks?a=b"'],
  ['url', 'https://idp/jwks', '$auth_jwt_key_url "https://idp/jwks"'],
  ['discovery', 'https://idp/', '$auth_jwt_key_discovery "https://idp/"'],
] as const)('a source of kind %s is named by its setting', (kind, location, name) => {
  expect(nameOf(keySource(kind, location))).toBe(name);
  expect(DECLARED).toHaveProperty(`auth_jwt_key_${kind}`);
});
