// The converter of kong.yml, with what it makes up made predictable.

import { convert, type Options } from '../../build/from-kong/convert.mjs';

/** Where consumers.json lies in the tests. */
export const CONSUMERS_PATH = '/etc/nginx/kong/consumers.json';

/** The key that Kong has made up in "How JWT Authentication Works for Microservices". */
export const DOCUMENT_KEY = '1nzcMG9Xg7n1lLgmltHnkAmkt7yp4fjZ';

/** The id of a consumer that the file gives none. */
export const MADE_UP_ID = '00000000-0000-4000-8000-000000000001';

/** Every header by which Kong tells services who has come, as somebody would like to have it. */
export const FORGED = {
  'X-Consumer-ID': 'forged',
  'X-Consumer-Username': 'forged',
  'X-Consumer-Custom-ID': 'forged',
  'X-Credential-Identifier': 'forged',
  'X-Anonymous-Consumer': 'forged',
};

/**
 * Converts.
 *
 * @param text kong.yml
 * @param options other than: port 8080, by `auth_request`
 */
export function convertKong(text: string, options: Partial<Options> = {}) {
  return convert(
    text,
    { consumersPath: CONSUMERS_PATH, listen: '8080', door: 'validateJwt', ...options },
    { id: () => MADE_UP_ID, text: () => DOCUMENT_KEY },
  );
}

/**
 * A file with one service, one protected route and one consumer, and what a test is about.
 *
 * @param more further lines, at the top level
 * @param config lines of the configuration of its jwt plugin, indented by 6
 * @param route lines of its route, indented by 4
 */
export function kongYml(more = '', config = '      key_claim_name: kid', route = ''): string {
  return `_format_version: "3.0"
services:
- name: orders
  url: http://localhost:3000/
routes:
- name: all-orders
  service: orders
${route || '  paths: [/orders]'}
plugins:
- name: jwt
  route: all-orders
  config:
${config}
consumers:
- username: alice
  id: 11111111-1111-4111-8111-111111111111
  jwt_secrets:
  - key: alice-key
    secret: a-secret-that-is-long-enough-for-hmac
${more}`;
}
