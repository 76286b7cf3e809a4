import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { readSource } from '../../../src/keys/read.ts';
import { keySource, revocationSource } from '../../../src/keys/source.ts';
import { fakeRequest, reply } from '../../support/fake-request.ts';
import { refused } from '../../support/refusals.ts';

const folder = mkdtempSync(join(tmpdir(), 'auth-jwt-'));
const FILE = join(folder, 'keys.json');
writeFileSync(FILE, 'from a file');

afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => void vi.unstubAllGlobals());

const r = fakeRequest({ subrequest: async (uri) => reply(`from ${uri}`) });

test('a file is read at once', () => {
  expect(readSource(r, keySource('file', FILE))).toBe('from a file');
  expect(() => readSource(r, keySource('file', `${FILE}x`))).toThrow(
    refused('keys_unavailable', 'auth_jwt_key_file'),
  );
});

test('a location is asked by subrequest', async () => {
  expect(await readSource(r, keySource('request', '/_jwks'))).toBe('from /_jwks');
});

test('what is no key set is told by that name', async () => {
  const answer = reply('x', 200, { 'Content-Encoding': 'gzip' });
  const request = fakeRequest({ subrequest: async () => answer });
  await expect(readSource(request, keySource('request', '/_jwks'))).rejects.toEqual(
    refused('cannot_parse', 'jwks'),
  );
});

test('a revocation list is read the same way, and its faults bear its name', async () => {
  expect(readSource(r, revocationSource('file', FILE))).toBe('from a file');
  expect(() => readSource(r, revocationSource('file', `${FILE}x`))).toThrow(
    refused('keys_unavailable', 'auth_jwt_revocation_file'),
  );
  const list = revocationSource('request', '/_revoked');
  const failures = [
    [reply('x', 503), 'keys_unavailable', 'auth_jwt_revocation_request'],
    [reply('x', 200, { 'Content-Encoding': 'gzip' }), 'cannot_parse', 'revocation'],
  ] as const;
  for (const [answer, reason, detail] of failures) {
    const request = fakeRequest({ subrequest: async () => answer });
    await expect(readSource(request, list)).rejects.toEqual(refused(reason, detail));
  }
});

test.each([
  ['url', 'https://idp/jwks', ['https://idp/jwks']],
  [
    'discovery',
    'https://idp',
    ['https://idp/.well-known/openid-configuration', 'https://idp/jwks'],
  ],
] as const)('%s is fetched', async (kind, location, urls) => {
  const text = JSON.stringify({ issuer: 'https://idp', jwks_uri: 'https://idp/jwks' });
  const fetch = vi.fn(async (_url: string) => ({ status: 200, text: async () => text }));
  vi.stubGlobal('ngx', { fetch });
  expect(await readSource(r, keySource(kind, location))).toBe(text);
  expect(fetch.mock.calls.map(([url]) => url)).toEqual(urls);
});
