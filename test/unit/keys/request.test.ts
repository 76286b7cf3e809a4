import { expect, test, vi } from 'vitest';
import { requestKeys } from '../../../src/keys/request.ts';
import type { SubrequestOptions } from '../../../src/nginx.ts';
import { fakeRequest, reply } from '../../support/fake-request.ts';
import { explained } from '../../support/refusals.ts';
import { rows } from '../../support/rows.ts';

const requestFrom = (answer: ReturnType<typeof reply>, uri = '/_jwks') =>
  requestKeys(fakeRequest({ subrequest: async () => answer }), uri);

test('the body of the answer is the key set', async () => {
  expect(await requestFrom(reply('{"keys":[]}'))).toBe('{"keys":[]}');
});

test.each([
  ['/_jwks', { uri: '/_jwks' }],
  ['/_jwks?tenant=a&x=?', { uri: '/_jwks', args: 'tenant=a&x=?' }],
  ['/_jwks?', { uri: '/_jwks' }],
])('%s is asked for with its arguments apart', async (uri, asked) => {
  const r = fakeRequest({ subrequest: async () => reply('x') });
  await requestKeys(r, uri);
  expect(r.subrequests).toEqual([asked]);
});

test('the location is asked by GET, and with a body of its own in the place of the client\u2019s', async () => {
  const subrequest = vi.fn(async (_uri: string, _options: SubrequestOptions) => reply('x'));
  await requestKeys(fakeRequest({ subrequest }), '/_jwks?a');
  expect(subrequest.mock.calls).toEqual([['/_jwks', { args: 'a', method: 'GET', body: '' }]]);
});

test.each([201, 204, 206, 301, 302, 304, 401, 403, 404, 500, 502, 503, 504])(
  'status %d is no key set',
  async (status) => {
    await expect(requestFrom(reply('{"keys":[]}', status))).rejects.toEqual(
      explained(
        'keys_unavailable',
        'auth_jwt_key_request',
        `$auth_jwt_key_request "/_jwks" answered with status ${status}`,
      ),
    );
  },
);

test.each([reply(''), { status: 200, headersOut: {} }])(
  'an empty body is an answer that broke off: %j',
  async (answer) => {
    await expect(requestFrom(answer)).rejects.toEqual(
      explained('keys_unavailable', 'auth_jwt_key_request', expect.stringContaining('incomplete')),
    );
  },
);

test.each(rows(['gzip', 'br', 'deflate', ['gzip']]))(
  'a body in $value cannot be read',
  async ({ value: encoding }) => {
    await expect(requestFrom(reply('x', 200, { 'Content-Encoding': encoding }))).rejects.toEqual(
      explained('cannot_parse', 'jwks', expect.stringContaining('compressed')),
    );
  },
);

test.each(['identity', ''])('a body in %j can', async (encoding) => {
  expect(await requestFrom(reply('x', 200, { 'Content-Encoding': encoding }))).toBe('x');
});

test('what the subrequest throws is not made into something else', async () => {
  const failure = new TypeError('subrequest');
  const r = fakeRequest({ subrequest: () => Promise.reject(failure) });
  await expect(requestKeys(r, '/_jwks')).rejects.toBe(failure);
});
