import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isNoAuthReason, reasons } from '../../src/reasons.ts';
import { bearer, send } from '../support/client.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const REASONS = reasons();

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    const settings = { '': 'say "hi"', key_file: '/keys.json', issuer: ISSUER };
    const locations = runtime.doors.map((door) => {
      const required = { ...settings, require: 'jwt_claim_email error=403' };
      return [
        protect(door, { path: `/${door}/`, settings }),
        protect(door, { path: `/realmless/${door}/`, settings: { ...settings, '': '' } }),
        protect(door, { path: `/required/${door}/`, settings: required }),
        protect(door, {
          path: `/plain/${door}/`,
          settings,
          inside: 'add_header WWW-Authenticate $auth_jwt_challenge always;',
        }).replace(/error_page [^;]*;/, ''),
      ].join('\n');
    });
    const reasons = Object.keys(REASONS).map(
      (reason) => `location = /reason/${reason} { set $no_auth_reason ${reason};
        js_content auth_jwt.answerError; }`,
    );
    const http = `server { listen 8080; root /srv;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      location = /reason/ { js_content auth_jwt.answerError; }
      location = /reason/toString { set $no_auth_reason toString; js_content auth_jwt.answerError; }
      ${reasons.join('\n')}
      ${locations.join('\n')} }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify(issuer.jwks),
    });
  });
  afterAll(() => nginx?.[Symbol.asyncDispose]());
  beforeEach(() => showLogOnFailure(() => nginx));

  test.each(Object.entries(REASONS))('%s is a problem of RFC 9457', async (reason, entry) => {
    const { status, headers, body } = await send(nginx, { path: `/reason/${reason}` });
    expect(status).toBe(entry.status);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(headers['cache-control']).toBe('no-store');
    expect(JSON.parse(body)).toEqual({
      type: `urn:njs-auth-jwt:reason:${reason}`,
      title: entry.title,
      status: entry.status,
      detail: entry.description,
      reason,
    });
  });

  test.each([
    ['empty_token', 'token is empty'],
    ['invalid_jwt', 'token is malformed'],
    ['bad_signature', 'invalid signature'],
    ['bad_introspection', 'introspection failed'],
    ['not_active', 'token is not active'],
    ['no_roles', 'you are not authorized to access this resource'],
    ['cannot_parse', 'parsing error'],
    ['generic_error', 'something unknown happened :O'],
  ])('%s is "%s" for a client that asks for application/json', async (reason, words) => {
    const { headers, body } = await send(nginx, {
      path: `/reason/${reason}`,
      headers: { Accept: 'application/json' },
    });
    expect(headers['content-type']).toBe('application/json');
    expect(headers['cache-control']).toBe('no-store');
    expect(JSON.parse(body)).toEqual({ success: false, error: words });
  });

  test.each([
    ['*/*', 'problem+json'],
    ['application/problem+json', 'problem+json'],
    ['application/*', 'problem+json'],
    ['text/html, */*;q=0.8', 'problem+json'],
    ['application/problem+json, application/json', 'problem+json'],
    ['application/json;q=0.5, application/problem+json', 'problem+json'],
    ['application/json;q=0, */*', 'problem+json'],
    ['application/json, text/plain, */*', 'json'],
    ['Application/JSON; charset=utf-8', 'json'],
    ['application/problem+json;q=0.5, application/json', 'json'],
  ])('Accept: %s gives %s', async (accept, type) => {
    const { headers } = await send(nginx, {
      path: '/reason/empty_token',
      headers: { Accept: accept },
    });
    expect(headers['content-type']).toBe(`application/${type}`);
  });

  test.each(['', 'toString'])('the reason "%s" is answered as generic_error', async (reason) => {
    const { status, body } = await send(nginx, { path: `/reason/${reason}` });
    expect(status).toBe(500);
    expect(isNoAuthReason(JSON.parse(body).reason)).toBe(true);
    expect(JSON.parse(body).reason).toBe('generic_error');
  });

  describe.each(runtime.doors)('%s', (door) => {
    test('the challenge names the realm, quoted, and no error where there is no token', async () => {
      const { headers } = await send(nginx, { path: `/${door}/` });
      expect(headers['www-authenticate']).toBe('Bearer realm="say \\"hi\\""');
    });

    test('the challenge names the error of a bad token, and nothing that stood in it', async () => {
      const token = await issuer.sign('ES256', { exp: now() - 5, sub: 'mallory' });
      const { headers, body } = await send(nginx, { path: `/${door}/`, headers: bearer(token) });
      expect(headers['www-authenticate']).toBe(
        'Bearer realm="say \\"hi\\"", error="invalid_token", ' +
          'error_description="The token has expired or is not valid yet."',
      );
      expect(`${body}${JSON.stringify(headers)}`).not.toContain('mallory');
    });

    test('the challenge stands alone without a realm', async () => {
      const { headers } = await send(nginx, { path: `/realmless/${door}/` });
      expect(headers['www-authenticate']).toBe('Bearer');
    });

    test('what is required and missing may be 403', async () => {
      const path = `/required/${door}/`;
      const token = await issuer.sign('ES256', { email: undefined });
      const { status, headers, body } = await send(nginx, { path, headers: bearer(token) });
      expect(status).toBe(403);
      expect(JSON.parse(body).reason).toBe('no_roles');
      expect(headers['www-authenticate']).toContain('error="insufficient_scope"');
    });

    test("without our answers nginx's own are sent, and the challenge is there for add_header", async () => {
      const { status, headers, body } = await send(nginx, { path: `/plain/${door}/` });
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toBe('Bearer realm="say \\"hi\\""');
      expect(body).toContain('401 Authorization Required');
    });

    test('HEAD gets the head of the answer', async () => {
      const { status, headers, body } = await send(nginx, { path: `/${door}/`, method: 'HEAD' });
      expect([status, body]).toEqual([401, '']);
      expect(headers['content-type']).toBe('application/problem+json');
    });
  });
});
