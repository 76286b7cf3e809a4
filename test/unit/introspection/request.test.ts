import { expect, test, vi } from 'vitest';
import { askEndpoint } from '../../../src/introspection/request.ts';
import { type FakeReply, fakeRequest, reply } from '../../support/fake-request.ts';
import { explained } from '../../support/refusals.ts';
import { rows } from '../../support/rows.ts';

const SETTING = 'auth_jwt_introspection_request';
const ask = (answer: FakeReply) =>
  askEndpoint(fakeRequest({ subrequest: async () => answer }), '/_introspect', 'token');

test('the token goes into the body, as a form has it', async () => {
  const subrequest = vi.fn(async () => reply('{"active":false}'));
  await askEndpoint(fakeRequest({ subrequest }), '/_introspect?tenant=a&x=?', 'aZ09-._~+/==');
  expect(subrequest).toHaveBeenCalledWith('/_introspect', {
    args: 'tenant=a&x=?',
    method: 'POST',
    body: 'token=aZ09-._~%2B%2F%3D%3D&token_type_hint=access_token',
  });
});

test('the body of the answer comes back', async () => {
  expect(await ask(reply('{"sub":"Zoë"}'))).toBe('{"sub":"Zoë"}');
  expect(await ask(reply('x', 200, { 'Content-Encoding': 'identity' }))).toBe('x');
});

test.each([201, 204, 302, 400, 401, 403, 404, 500, 502, 504])(
  'status %d is no answer',
  async (status) => {
    const want = `$${SETTING} "/_introspect" answered with status ${status}`;
    await expect(ask(reply('{"active":true}', status))).rejects.toEqual(
      explained('bad_introspection', SETTING, want),
    );
  },
);

test.each([reply(''), { status: 200, headersOut: {} }])(
  'an empty body is an answer that broke off: %j',
  async (answer) => {
    await expect(ask(answer)).rejects.toEqual(
      explained('bad_introspection', SETTING, expect.stringContaining('incomplete')),
    );
  },
);

test.each(rows(['gzip', 'br', ['gzip']]))('a body in $value cannot be read', async ({ value }) => {
  await expect(ask(reply('x', 200, { 'Content-Encoding': value }))).rejects.toEqual(
    explained('cannot_parse', 'introspection', expect.stringContaining('compressed')),
  );
});

test('a body that is no UTF-8 cannot be read', async () => {
  const answer = { ...reply(''), responseBuffer: Buffer.from([0x7b, 0xff, 0x7d]) };
  await expect(ask(answer)).rejects.toEqual(
    explained('cannot_parse', 'introspection', expect.stringContaining('UTF-8')),
  );
});

test('what the subrequest throws is not made into something else', async () => {
  const failure = new TypeError('subrequest');
  const subrequest = () => Promise.reject(failure);
  await expect(askEndpoint({ subrequest }, '/_introspect', 'token')).rejects.toBe(failure);
});
