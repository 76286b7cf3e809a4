import { beforeEach, describe, expect, test, vi } from 'vitest';
import { discoverKeys, fetchKeys } from '../../../src/keys/fetch.ts';
import { MAX_JWKS_LENGTH } from '../../../src/keys/jwks.ts';
import { FETCH_DEADLINE_MS } from '../../../src/keys/wait.ts';
import { explained } from '../../support/refusals.ts';
import { rows } from '../../support/rows.ts';

interface Reply {
  readonly status: number;
  text(): Promise<string>;
}

const fetch = vi.fn<(url: string, options: object) => Promise<Reply>>();

beforeEach(() => {
  fetch.mockReset();
  vi.stubGlobal('ngx', { fetch });
  return () => void vi.unstubAllGlobals();
});

const asked = () => fetch.mock.calls.map(([url]) => url);

const body = (text: string, status = 200): Reply => ({ status, text: async () => text });

/** Says what is at each URL; elsewhere there is nothing. */
function serve(pages: Readonly<Record<string, string>>): void {
  fetch.mockImplementation(async (url) => body(pages[url] ?? 'none', url in pages ? 200 : 404));
}

describe('a key set by URL', () => {
  const URL = 'https://idp/jwks';

  const failed = (problem: string) =>
    explained('keys_unavailable', 'auth_jwt_key_url', `$auth_jwt_key_url: "${URL}" ${problem}`);

  test('is the body of the answer', async () => {
    serve({ [URL]: '{"keys":[]}' });
    expect(await fetchKeys(URL)).toBe('{"keys":[]}');
    expect(asked()).toEqual([URL]);
  });

  test('is asked for with a limit, and with nothing of the client', async () => {
    serve({ [URL]: '{}' });
    await fetchKeys(URL);
    expect(fetch.mock.calls[0]?.[1]).toEqual({
      headers: { Accept: 'application/jwk-set+json, application/json' },
      max_response_body_size: MAX_JWKS_LENGTH,
    });
  });

  test.each([201, 204, 206, 301, 302, 304, 307, 308, 400, 401, 403, 404, 429, 500, 502, 503])(
    'is not there with status %d, and no redirect is followed',
    async (status) => {
      fetch.mockResolvedValue(body('{"keys":[]}', status));
      await expect(fetchKeys(URL)).rejects.toEqual(failed(`answered with ${status}`));
      expect(asked()).toEqual([URL]);
    },
  );

  test.each(rows([new Error('connect failed'), 'connect failed']))(
    'is not there where nobody answers: $value',
    async ({ value }) => {
      fetch.mockRejectedValue(value);
      await expect(fetchKeys(URL)).rejects.toEqual(failed('failed: connect failed'));
    },
  );

  test('is not there where fetch throws, or the body breaks off', async () => {
    fetch.mockImplementationOnce(() => {
      throw new Error('no resolver');
    });
    await expect(fetchKeys(URL)).rejects.toEqual(failed('failed: no resolver'));
    fetch.mockResolvedValue({ status: 200, text: () => Promise.reject(new Error('too large')) });
    await expect(fetchKeys(URL)).rejects.toEqual(failed('failed: too large'));
  });

  test('is not there where nginx has no fetch', async () => {
    vi.unstubAllGlobals();
    await expect(fetchKeys(URL)).rejects.toMatchObject({ reason: 'keys_unavailable' });
  });
});

describe('a key set by discovery', () => {
  const KEYS = 'https://keys/jwks';

  const metadataOf = (issuer: unknown, jwks_uri: unknown = KEYS) =>
    JSON.stringify({ issuer, jwks_uri });

  test.each([
    ['https://idp', 'https://idp/.well-known/openid-configuration'],
    ['https://idp/', 'https://idp/.well-known/openid-configuration'],
    ['https://idp/realms/a', 'https://idp/realms/a/.well-known/openid-configuration'],
    ['https://idp/realms/a/', 'https://idp/realms/a/.well-known/openid-configuration'],
  ])('of %s is named by %s', async (issuer, metadata) => {
    serve({ [metadata]: metadataOf(issuer), [KEYS]: 'the keys' });
    expect(await discoverKeys(issuer)).toBe('the keys');
    expect(asked()).toEqual([metadata, KEYS]);
  });

  test.each([
    ['https://idp', 'https://idp/.well-known/oauth-authorization-server'],
    ['https://idp/', 'https://idp/.well-known/oauth-authorization-server'],
    ['https://idp:8443/a/b', 'https://idp:8443/.well-known/oauth-authorization-server/a/b'],
    ['https://idp/a/', 'https://idp/.well-known/oauth-authorization-server/a'],
  ])('of %s is named by %s where OpenID has nothing', async (issuer, metadata) => {
    serve({ [metadata]: metadataOf(issuer), [KEYS]: 'the keys' });
    expect(await discoverKeys(issuer)).toBe('the keys');
    expect(asked()).toEqual([expect.stringContaining('openid-configuration'), metadata, KEYS]);
  });

  test.each(
    [
      ...['https://evil', 'https://idp', 'https://IDP/', 'http://idp/', 'https://idp//', ''],
      ...[null, 5, ['https://idp/'], undefined],
    ].map((issuer) => ({ issuer })),
  )('of another issuer is not taken: $issuer', async ({ issuer }) => {
    serve({ 'https://idp/.well-known/openid-configuration': metadataOf(issuer), [KEYS]: 'x' });
    await expect(discoverKeys('https://idp/')).rejects.toEqual(
      explained(
        'cannot_parse',
        'metadata',
        expect.stringContaining('"https://idp/" do not name it'),
      ),
    );
    expect(asked()).not.toContain(KEYS);
  });

  test.each([
    '',
    '<html>',
    '[]',
    'null',
    '"https://idp/"',
    '{"__proto__":{"issuer":"https://idp/"}}',
  ])('has metadata, and not %j', async (metadata) => {
    serve({ 'https://idp/.well-known/openid-configuration': metadata });
    await expect(discoverKeys('https://idp/')).rejects.toEqual(
      explained('cannot_parse', 'metadata', expect.stringContaining('"https://idp/"')),
    );
  });

  test.each([
    ['https://idp/', 'http://keys/jwks'],
    ['https://idp/', 'httpss://keys/jwks'],
    ['https://idp/', ' https://keys/jwks'],
    ['https://idp/', '/jwks'],
    ['https://idp/', 'file:///etc/keys'],
    ['https://idp/', ''],
    ['https://idp/', 5],
    ['https://idp/', ['https://keys/jwks']],
    ['https://idp/', undefined],
    ['http://idp/', 'ftp://keys/jwks'],
    ['http://idp/', 'http:/keys/jwks'],
  ] as const)('of %s is not fetched from %j', async (issuer, uri) => {
    const metadata = `${issuer}.well-known/openid-configuration`;
    serve({ [metadata]: JSON.stringify({ issuer, jwks_uri: uri }) });
    await expect(discoverKeys(issuer)).rejects.toEqual(
      explained('cannot_parse', 'metadata', expect.stringContaining('no jwks_uri')),
    );
    expect(asked()).toEqual([metadata]);
  });

  test.each(['http://keys/jwks', 'https://keys/jwks'])(
    'of an issuer by http, which the configuration allows aloud, may be at %s',
    async (uri) => {
      serve({
        'http://idp/.well-known/openid-configuration': metadataOf('http://idp/', uri),
        [uri]: 'the keys',
      });
      expect(await discoverKeys('http://idp/')).toBe('the keys');
    },
  );

  test('that is not there is told by its setting', async () => {
    serve({ 'https://idp/.well-known/openid-configuration': metadataOf('https://idp/') });
    await expect(discoverKeys('https://idp/')).rejects.toEqual(
      explained(
        'keys_unavailable',
        'auth_jwt_key_discovery',
        `$auth_jwt_key_discovery: "${KEYS}" answered with 404`,
      ),
    );
  });

  describe('that takes its time', () => {
    const ISSUER = 'https://idp/a';
    const OPENID = `${ISSUER}/.well-known/openid-configuration`;
    const RFC8414 = 'https://idp/.well-known/oauth-authorization-server/a';

    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['Date'] });
      return () => void vi.useRealTimers();
    });

    /** What is asked for where each page takes so long, in milliseconds. */
    async function askedWhere(pages: Readonly<Record<string, string>>, duration: number) {
      fetch.mockImplementation(async (url) => {
        vi.setSystemTime(Date.now() + duration);
        return body(pages[url] ?? 'none', url in pages ? 200 : 404);
      });
      const outcome = await discoverKeys(ISSUER).catch((refusal: unknown) => refusal);
      return { outcome, urls: asked() };
    }

    const LATE = explained(
      'keys_unavailable',
      'deadline',
      `$auth_jwt_key_discovery of "${ISSUER}" took longer than ${FETCH_DEADLINE_MS} ms`,
    );

    test('asks for nothing more when its time is over', async () => {
      const pages = { [RFC8414]: metadataOf(ISSUER), [KEYS]: 'the keys' };
      expect(await askedWhere(pages, FETCH_DEADLINE_MS)).toEqual({ outcome: LATE, urls: [OPENID] });
      fetch.mockClear();
      expect(await askedWhere(pages, FETCH_DEADLINE_MS / 2)).toEqual({
        outcome: LATE,
        urls: [OPENID, RFC8414],
      });
    });

    test('asks for everything as long as there is time', async () => {
      const pages = { [RFC8414]: metadataOf(ISSUER), [KEYS]: 'the keys' };
      expect(await askedWhere(pages, FETCH_DEADLINE_MS / 2 - 1)).toEqual({
        outcome: 'the keys',
        urls: [OPENID, RFC8414, KEYS],
      });
    });
  });
});
