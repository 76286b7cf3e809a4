// "How JWT Authentication Works for Microservices": the steps of the document and its other use cases, against
// the example that ships. Its own kong.yml, on both doors: from-kong.test.ts.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Answer, bearer, send } from '../../support/client.ts';
import { type Example, startExample } from '../../support/example.ts';
import { convertKong, DOCUMENT_KEY, FORGED } from '../../support/kong.ts';
import { showLogOnFailure } from '../../support/nginx.ts';
import { ROOT, RUNTIMES } from '../../support/runtimes.ts';

const FOLDER = `${ROOT}nginx/examples/kong/`;
const read = (path: string) => readFileSync(FOLDER + path, 'utf8');

const HELLO = [200, 'Hello world!'];
const idOf = (number: number) => `0b1c7b52-2d0f-4e70-9b3a-6a5d2f0c1e0${number}`;

test('what ships is what the converter makes of more.yml', () => {
  const options = { consumersPath: '/etc/nginx/keys/consumers.json', listen: '127.0.0.1:8080' };
  const { conf, consumers, warnings } = convertKong(read('more.yml'), options);
  expect(read('generated/kong.conf')).toBe(conf);
  expect(read('generated/consumers.json')).toBe(consumers);
  expect(warnings).toEqual([]);
});

describe.each(RUNTIMES)('$name', (runtime) => {
  let nginx: Example;

  beforeAll(async () => {
    nginx = await startExample(runtime, 'kong');
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  const token = async (query = '') => {
    const { status, body } = await send(nginx, { path: `/login/token?${query}` });
    expect(status).toBe(200);
    return bearer(body);
  };

  const ask = (path: string, headers: object = {}) =>
    send(nginx, { path, headers: { ...FORGED, ...headers } });

  const brief = ({ status, body }: Answer) => [status, body];

  test('without a token: 401 Unauthorized', async () => {
    const answer = await ask('/api');
    expect(brief(answer)).toEqual([401, '{"message":"Unauthorized"}']);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  test('a good token passes, and the API logs the headers of the gateway', async () => {
    expect(brief(await ask('/api', await token()))).toEqual(HELLO);
    expect(brief(await ask('/api', await token('in=header')))).toEqual(HELLO);
    // A line of the log comes a moment after the answer.
    const line = await vi.waitFor(() => {
      const lines = nginx.served().match(/api: headers .*"x-consumer-username".*/g);
      expect(lines).toHaveLength(2);
      return lines?.[1] ?? '';
    });
    const logged = JSON.parse(line.slice('api: headers '.length));
    expect(logged).toMatchObject({
      'x-consumer-id': idOf(1),
      'x-consumer-username': 'login_server_issuer',
      'x-credential-identifier': DOCUMENT_KEY,
      authorization: '…',
    });
    expect(JSON.stringify(logged)).not.toContain('forged');
  });

  test.each([
    ['another secret', 'secret=another-secret', '{"message":"Invalid signature"}'],
    ['another kid', 'kid=wrong', '{"message":"No credentials found for given \'kid\'"}'],
    ['an expired token', 'seconds=-1', '{"exp":"token expired"}'],
  ])('%s is refused', async (_what, query, body) => {
    const answer = await ask('/api', await token(query));
    expect(brief(answer)).toEqual([401, body]);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });

  test('every user is a consumer, with a secret that no other has', async () => {
    const told = async (query: string) =>
      JSON.parse((await ask('/users/headers', await token(query))).body);
    expect(await told('who=alice')).toEqual({
      'x-consumer-id': idOf(2),
      'x-consumer-username': 'alice',
      'x-consumer-custom-id': '4711',
      'x-credential-identifier': 'alice-key',
    });
    expect(await told('who=bob')).toMatchObject({ 'x-consumer-username': 'bob' });
    expect(await told('who=alice&kid=bob-key')).toEqual({ message: 'Invalid algorithm' });
    expect(await told('who=alice&secret=another')).toEqual({ message: 'Invalid signature' });
    expect(await told('who=alice&seconds=7200')).toEqual({
      exp: 'exceeds maximum allowed expiration',
    });
  });

  test('no secret that can be read in the example opens anything', async () => {
    const printed = JSON.stringify(JSON.parse(read('generated/consumers.json')));
    const secrets = [...printed.matchAll(/"key":"([^"]+)"[^}]*"secret":"([^"]+)"/g)];
    expect(secrets.map(([, key]) => key)).toEqual([DOCUMENT_KEY, 'alice-key', 'bob-key']);
    for (const [, , secret = ''] of secrets) {
      for (const [who, path] of [
        ['login_server', '/api'],
        ['alice', '/users'],
        ['bob', '/users'],
      ]) {
        const query = `who=${who}&secret=${encodeURIComponent(secret)}`;
        expect((await ask(path ?? '', await token(query))).status, query).toBe(401);
      }
    }
    const made = await nginx.exec('stat -c "%a %U %G" /etc/nginx/keys/consumers.json');
    expect(made.trim()).toBe('640 root www-data');
  });

  test('some routes are open, and tell nothing of who calls; others are not', async () => {
    expect(brief(await ask('/inventory'))).toEqual(HELLO);
    expect((await ask('/inventory/headers', await token())).body.trim()).toBe('{}');
    const refused = await ask('/orders');
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="shop"');
    expect(brief(await ask('/orders', await token()))).toEqual(HELLO);
  });

  test('public and private keys: the gateway knows the public one', async () => {
    const { body } = await ask('/orders/headers', await token('who=partner'));
    expect(JSON.parse(body)).toMatchObject({ 'x-consumer-username': 'partner' });
    const taken = await ask('/orders', await token('who=login_server&kid=partner-key'));
    expect(brief(taken)).toEqual([401, '{"message":"Invalid algorithm"}']);
    expect(read('generated/consumers.json')).not.toContain('"d":');
  });

  test('anonymous access: who is not known is a guest', async () => {
    const guest = {
      'x-anonymous-consumer': 'true',
      'x-consumer-id': idOf(4),
      'x-consumer-username': 'guest',
    };
    for (const headers of [{}, await token('secret=another-secret'), await token('seconds=-1')]) {
      expect(JSON.parse((await ask('/web/headers', headers)).body)).toEqual(guest);
    }
    const known = JSON.parse((await ask('/web/headers', await token())).body);
    expect(known).toMatchObject({ 'x-consumer-username': 'login_server_issuer' });
    expect(known).not.toHaveProperty('x-anonymous-consumer');
  });

  test('what no route is for is not found', async () => {
    expect((await ask('/')).body).toBe('{"message":"no Route matched with those values"}');
    expect((await ask('/_kong_jwt_1')).status).toBe(404);
  });
});
