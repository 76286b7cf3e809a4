// Whatever a token says, variables say the same in every engine.

import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toHeaderValue } from '../../src/answer/header-value.ts';
import { resolvePath } from '../../src/claims/path.ts';
import type { Json, JsonObject } from '../../src/json.ts';
import { JSON_VALUE, OBJECT, TEXT } from '../support/arbitraries.ts';
import { bearer, send } from '../support/client.ts';
import { type Echo, type EchoServer, startEcho } from '../support/echo.ts';
import { createIssuer, ISSUER, type Issuer } from '../support/issuer.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { RUNTIMES } from '../support/runtimes.ts';

const NUMBER = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(1e21, 1e-7, 0.1, -1.5, 2 ** 53));

/** Of long numbers that are no integers the njs engine of 0.8.9 prints the last digit wrong. */
const CLAIM = fc
  .oneof(JSON_VALUE, TEXT, OBJECT, NUMBER, fc.array(fc.oneof(NUMBER, TEXT, JSON_VALUE)))
  .map((value) => change(value, { number: shorten }));

function shorten(number: number): number {
  const short = String(number).length > 5 ? Math.trunc(number % 1e15) : number;
  return Object.is(short, -0) ? 0 : short;
}

/** A value with others in the place of its numbers, and of its texts, names included. */
function change(
  value: Json,
  how: { number?: (one: number) => number; text?: (one: string) => string },
): Json {
  const { number = (one) => one, text = (one) => one } = how;
  if (typeof value === 'number') {
    return number(value);
  }
  if (typeof value === 'string') {
    return text(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => change(item, how));
  }
  return value === null || typeof value === 'boolean'
    ? value
    : Object.fromEntries(
        Object.entries(value).map(([name, item]) => [text(name), change(item, how)]),
      );
}

/** What UTF-8 has no bytes for the njs engine takes for U+FFFD, wherever it stands. */
const asInNjs = (value: Json) => change(value, { text: (one) => Buffer.from(one).toString() });

/** Blanks at both ends are no part of a value (RFC 9110, section 5.5). */
const inHttp = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '');

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let echo: EchoServer;
  let nginx: Nginx;

  beforeAll(async () => {
    issuer = await createIssuer(['ES256']);
    echo = await startEcho();
    const locations = runtime.doors.map((door) =>
      protect(door, {
        path: `/${door}/`,
        settings: { '': 'a', key_file: '/keys.json', issuer: ISSUER, claim_set: 'item=a.0' },
        inside: `
          proxy_set_header X-Claim $jwt_claim_a;
          proxy_set_header X-Item $item;
          proxy_set_header X-Claims $jwt_claims;
          proxy_pass ${echo.url};`,
      }),
    );
    const http = `js_var $jwt_claim_a; js_var $item;
      server { listen 8080; include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
        ${locations.join('\n')} }`;
    const files = { '/keys.json': JSON.stringify(issuer.jwks) };
    nginx = await startNginx(runtime, configure(runtime, http), files);
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await echo?.[Symbol.asyncDispose]();
  });
  beforeEach(() => showLogOnFailure(() => nginx));

  /** The headers that the upstream sees, as text. */
  async function forwarded(path: string, claims: JsonObject): Promise<(name: string) => string> {
    const token = await issuer.sign('ES256', claims);
    const answer = await send(nginx, { path, headers: bearer(token) });
    expect(answer.status, answer.body).toBe(200);
    const { headers } = JSON.parse(answer.body) as Echo;
    return (name) => Buffer.from(headers[name] ?? '', 'latin1').toString();
  }

  test.each(runtime.doors)('%s', { timeout: 120_000 }, async (door) => {
    await fc.assert(
      fc.asyncProperty(CLAIM, async (generated) => {
        const a = runtime.engine === 'njs' ? asInNjs(generated) : generated;
        const header = await forwarded(`/${door}/`, { a: generated });
        expect(header('x-claim')).toBe(inHttp(toHeaderValue(a)));
        expect(header('x-item')).toBe(inHttp(toHeaderValue(resolvePath({ a }, ['a', '0']))));
        expect(JSON.parse(header('x-claims'))).toMatchObject({ a });
        expect(header('x-claims')).toMatch(/^[\x20-\x7e]+$/);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS || 250) },
    );
  });
});
