// Tokens that are revoked: by what, how soon, and what happens where a list cannot be had.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { bearer, send, verdictOf } from '../support/client.ts';
import {
  type IntrospectionServer,
  startIntrospectionServer,
} from '../support/introspection-server.ts';
import { createIssuer, ISSUER, type Issuer, now } from '../support/issuer.ts';
import { type Behaviour, type KeyServer, startKeyServer } from '../support/key-server.ts';
import { configure, type Nginx, showLogOnFailure, startNginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import { ROOT, RUNTIMES } from '../support/runtimes.ts';

const list = (...entries: unknown[]): Behaviour => ({
  kind: 'answer',
  body: JSON.stringify(entries),
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What stands in the file from the start. */
const IN_FILE = [
  'jti-text',
  { jti: 'jti-entry', reason: 'lost' },
  { sub: 'mallory' },
  { sub: '42' },
  { sub: 'bob', issued_before: 1_000_000_000 },
  { kid: 'stolen' },
];

const QUICK = { revocation_cache: '1s' };

/** The settings of each location; the list by subrequest is that of its name. */
const POLICIES: Record<string, Record<string, string>> = {
  file: { revocation_file: '/revoked.json' },
  swap: { ...QUICK, revocation_file: '/swapped.json' },
  request: { ...QUICK, revocation_request: '/_revoked/request' },
  both: { ...QUICK, revocation_file: '/revoked.json', revocation_request: '/_revoked/both' },
  closed: { ...QUICK, revocation_request: '/_revoked/closed' },
  open: { ...QUICK, revocation_request: '/_revoked/open', revocation_failure: 'open' },
  hang: { ...QUICK, revocation_request: '/_revoked/hang' },
  'hang-open': { ...QUICK, revocation_request: '/_revoked/hang', revocation_failure: 'open' },
  drip: { ...QUICK, revocation_request: '/_revoked/drip' },
  'drip-open': { ...QUICK, revocation_request: '/_revoked/drip', revocation_failure: 'open' },
  missing: { ...QUICK, revocation_file: '/missing.json' },
  stale: { ...QUICK, revocation_request: '/_revoked/stale', revocation_stale: '3s' },
  'stale-open': {
    ...{ ...QUICK, revocation_request: '/_revoked/stale-open', revocation_stale: '3s' },
    revocation_failure: 'open',
  },
  slow: { ...QUICK, revocation_request: '/_revoked/slow' },
  garbage: { ...QUICK, revocation_request: '/_revoked/garbage' },
  spoilt: { ...QUICK, revocation_request: '/_revoked/spoilt', revocation_failure: 'open' },
  full: { revocation_file: '/full.json' },
  'too-many': { revocation_file: '/too-many.json' },
  opaque: { revocation_file: '/revoked.json', introspection_request: '/_introspect' },
  all: {
    ...{ revocation_file: '/revoked.json', introspection_request: '/_introspect' },
    introspection: 'all',
  },
};

const DUMP = `export default { dump: function (r) {
  r.return(200, JSON.stringify(ngx.shared.auth_jwt_keys.items()));
} };`;

/** That many names of the usual length. */
const ids = (count: number) =>
  Array.from({ length: count }, (_, index) => `0f8fad5b-d9cb-469f-a165-${1e11 + index}`);

const PAGE = readFileSync(`${ROOT}docs/revocation.md`, 'utf8');
const [, EXAMPLE = ''] = /^```nginx\n(# server \{\}\n[\s\S]*?)^```$/m.exec(PAGE) ?? [];
const [, DOCUMENTED = ''] = /^```json\n([\s\S]*?)^```$/m.exec(PAGE) ?? [];

describe.each(RUNTIMES)('$name', (runtime) => {
  let issuer: Issuer;
  let stolen: Issuer;
  let lists: KeyServer;
  let endpoint: IntrospectionServer;
  let nginx: Nginx;

  beforeAll(async () => {
    [issuer, stolen] = await Promise.all([createIssuer(['ES256']), createIssuer(['ES256'])]);
    lists = await startKeyServer(list());
    endpoint = await startIntrospectionServer();
    const keys = [...issuer.jwks.keys, ...stolen.jwks.keys.map((k) => ({ ...k, kid: 'stolen' }))];
    const locations = runtime.doors.flatMap((door) =>
      Object.entries(POLICIES).map(([name, settings]) => {
        // Each door has lists of its own, so that what one test does to them another does not see.
        const own = Object.entries(settings).map(([key, value]) => [
          key,
          value.replace('/_revoked/', `/_revoked/${door}/`).replace('/swapped', `/${door}`),
        ]);
        return protect(door, {
          path: `/${door}/${name}`,
          settings: { key_file: '/keys.json', issuer: ISSUER, ...Object.fromEntries(own) },
          inside: 'default_type text/plain; alias /srv/index.html;',
        });
      }),
    );
    const http = `js_import dump from /etc/nginx/js/dump.js;
      server { listen 8080;
      include /etc/nginx/auth_jwt/auth_jwt_errors.conf;
      add_header X-Detail $no_auth_detail always; add_header X-Cache $auth_jwt_cache always;
      location /_revoked/ {
        include /etc/nginx/auth_jwt/auth_jwt_jwks.conf;
        proxy_pass ${lists.url};
      }
      location = /_introspect {
        include /etc/nginx/auth_jwt/auth_jwt_introspection.conf;
        proxy_pass ${endpoint.url};
      }
      location = /dump { js_content dump.dump; }
      ${locations.join('\n')} }
      server { listen 8080; server_name docs.example; root /srv/docs;
        ${EXAMPLE.replaceAll('https://idp.example.com/', `${lists.url}/docs/`)
          .replace(`issuer             ${lists.url}/docs/`, `issuer ${ISSUER}`)
          .replace('proxy_pass http://127.0.0.1:3000;', '')}
      }`;
    nginx = await startNginx(runtime, configure(runtime, http), {
      '/keys.json': JSON.stringify({ keys }),
      '/revoked.json': JSON.stringify(IN_FILE),
      '/full.json': JSON.stringify(ids(10_000)),
      '/too-many.json': JSON.stringify(ids(10_001)),
      '/srv/index.html': 'PROTECTED',
      '/srv/docs/orders/1': 'PROTECTED',
      '/etc/nginx/js/dump.js': DUMP,
      ...Object.fromEntries(runtime.doors.map((door) => [`/${door}.json`, '[]'])),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await lists?.[Symbol.asyncDispose]();
    await endpoint?.[Symbol.asyncDispose]();
  });
  beforeEach(({ onTestFailed }) => showLogOnFailure(() => nginx, onTestFailed));

  // All at once, for much of it is waiting.
  describe.concurrent.each(runtime.doors)('%s', (door) => {
    const ask = async (policy: string, token: string) => {
      const answer = await send(nginx, { path: `/${door}/${policy}`, headers: bearer(token) });
      const { 'x-detail': detail = '', 'x-cache': cache = '' } = answer.headers;
      return { verdict: `${verdictOf(answer)} ${detail}`.trim(), cache };
    };
    const verdict = async (policy: string, token: string) => (await ask(policy, token)).verdict;
    const say = (name: string, behaviour: Behaviour) => {
      lists.pages[`/_revoked/${door}/${name}`] = behaviour;
    };
    const fetches = (name: string) =>
      lists.requests.filter(({ path }) => path === `/_revoked/${door}/${name}`).length;
    const sign = (claims = {}) => issuer.sign('ES256', { jti: door, ...claims });

    /** Waits until a token is judged so; a list counts for a second here. */
    const soon = (policy: string, token: string, want: string, seconds = 10) =>
      vi.waitFor(async () => expect(await verdict(policy, token)).toBe(want), {
        timeout: seconds * 1000,
        interval: 100,
      });

    test('a list names tokens, subjects, subjects up to a time, and keys', async () => {
      const cases: readonly (readonly [object, string])[] = [
        [{}, 'passes'],
        [{ jti: undefined, sub: undefined }, 'passes'],
        [{ jti: 'jti-text' }, '401 revoked jti'],
        [{ jti: 'jti-entry' }, '401 revoked jti'],
        [{ jti: 'mallory' }, 'passes'],
        [{ sub: 'mallory' }, '401 revoked sub'],
        [{ sub: 42 }, '401 revoked sub'],
        [{ sub: 'Mallory' }, 'passes'],
        [{ sub: 'bob', iat: 999_999_999 }, '401 revoked sub'],
        [{ sub: 'bob', iat: 1_000_000_000 }, 'passes'],
        [{ sub: 'bob', iat: undefined }, '401 revoked sub'],
        // The signature and the claims come first.
        [{ sub: 'mallory', iss: 'https://evil.example/' }, '401 bad_issuer iss'],
        [{ sub: 'mallory', exp: now() - 1 }, '401 not_active expired'],
      ];
      for (const policy of ['file', 'both']) {
        for (const [claims, want] of cases) {
          expect([claims, await verdict(policy, await sign(claims))]).toEqual([claims, want]);
        }
        const byStolen = await stolen.sign('ES256', {}, { kid: 'stolen' });
        // Nobody need name the key that he has stolen.
        const unnamed = await stolen.sign('ES256', { policy }, { kid: undefined });
        for (const token of [byStolen, unnamed, unnamed]) {
          expect(await verdict(policy, token)).toBe('401 revoked kid');
        }
      }
      const forged = await stolen.sign('ES256', { jti: 'jti-text' });
      expect(await verdict('file', forged)).toBe('401 bad_signature signature');
    });

    test('a token that is known and kept decoded is refused once its list says so', async () => {
      const [revoked, other] = [await sign({ jti: 'r' }), await sign({ jti: 'other' })];
      for (const policy of ['request', 'swap']) {
        const caches = [];
        for (let count = 0; count < 5; count += 1) {
          const { verdict: given, cache } = await ask(policy, revoked);
          expect(given).toBe('passes');
          caches.push(cache);
        }
        expect(caches.slice(1)).toEqual(['HIT', 'HIT', 'HIT', 'HIT']);
      }
      say('request', list({ jti: 'r' }));
      // As it should be done: the whole file at once.
      await nginx.write(`/${door}.new`, '["r"]');
      await nginx.exec(`mv /${door}.new /${door}.json`);
      await pause(1300);
      for (const policy of ['request', 'swap']) {
        expect(await verdict(policy, revoked)).toBe('401 revoked jti');
        expect(await verdict(policy, other)).toBe('passes');
      }
      say('request', list());
      await soon('request', revoked, 'passes');
    });

    test('the list is asked for as a key set is: by GET, with nothing of the client', async () => {
      const token = await sign();
      say('both', list({ jti: 'b' }));
      const path = `/${door}/both`;
      const headers = { ...bearer(token), Cookie: 'a=b', 'X-Client': '1' };
      await pause(1100);
      await send(nginx, { path, method: 'POST', headers, body: 'body' });
      const [asked] = lists.requests.filter((each) => each.path === `/_revoked${path}`).slice(-1);
      expect(asked?.method).toBe('GET');
      const names = asked?.rawHeaders.filter((_, index) => index % 2 === 0).sort();
      expect(names?.filter((name) => name !== 'Connection')).toEqual(['Accept', 'Host']);
    });

    test('a list that is not there: closed refuses, open lets pass, and it is got over', async () => {
      const [good, bad] = [await sign(), await sign({ jti: 'bad' })];
      const down: Behaviour = { kind: 'answer', status: 503, body: 'down' };
      say('closed', down);
      say('open', down);
      expect(await verdict('closed', good)).toBe(
        '500 keys_unavailable auth_jwt_revocation_request',
      );
      expect(await verdict('missing', good)).toBe('500 keys_unavailable auth_jwt_revocation_file');
      expect(await verdict('open', bad)).toBe('passes');
      // Refused for what it is, whatever the list.
      expect(await verdict('closed', `${good}x`)).toMatch(/^401/);
      const before = fetches('closed');
      const begin = Date.now();
      for (let count = 0; count < 20; count += 1) {
        expect(await verdict('closed', good)).toMatch(/^500 keys_unavailable/);
      }
      expect(fetches('closed') - before).toBeLessThanOrEqual(2 + (Date.now() - begin) / 1000);
      say('closed', list('bad'));
      say('open', list('bad'));
      await soon('closed', good, 'passes');
      await soon('open', bad, '401 revoked jti');
      expect(await verdict('closed', bad)).toBe('401 revoked jti');
      expect(await verdict('open', good)).toBe('passes');
    });

    test('a source that says nothing has failed; one that drips lets nobody pass, whatever it says at last', async () => {
      const [good, bad] = [await sign(), await sign({ jti: 'bad' })];
      say('hang', { kind: 'hang' });
      say('drip', { kind: 'drip', body: '[]', seconds: 10 });
      const [hang, hangOpen, drip, dripOpen] = await Promise.all(
        ['hang', 'hang-open', 'drip', 'drip-open'].map((policy) => verdict(policy, good)),
      );
      expect({ hang, hangOpen }).toEqual({
        hang: '500 keys_unavailable auth_jwt_revocation_request',
        hangOpen: 'passes',
      });
      // nginx cannot end a subrequest, so there is no telling that the list cannot be had.
      expect(drip).toBe('500 keys_unavailable deadline');
      expect(['500 keys_unavailable deadline', 'passes']).toContain(dripOpen);
      say('hang', list('bad'));
      say('drip', list('bad'));
      for (const policy of ['hang', 'hang-open', 'drip', 'drip-open']) {
        await soon(policy, bad, '401 revoked jti');
        expect(await verdict(policy, good)).toBe('passes');
      }
    });

    test('a list that is lost later serves for its time, then closed refuses and open lets pass', async () => {
      const [good, bad] = [await sign(), await sign({ jti: 'bad' })];
      say('stale', list('bad'));
      say('stale-open', list('bad'));
      const begin = Date.now();
      for (const policy of ['stale', 'stale-open']) {
        expect(await verdict(policy, good)).toBe('passes');
        say(policy, { kind: 'drop' });
      }
      const seen = new Set<string>();
      while (Date.now() - begin < 1800) {
        for (const policy of ['stale', 'stale-open']) {
          const both = `${policy}: ${await verdict(policy, good)}, ${await verdict(policy, bad)}`;
          // What took longer tells of a slow machine, not of the list.
          if (Date.now() - begin < 2900) {
            seen.add(both);
          }
        }
        await pause(50);
      }
      expect([...seen].sort()).toEqual([
        'stale-open: passes, 401 revoked jti',
        'stale: passes, 401 revoked jti',
      ]);
      await soon('stale', good, '500 keys_unavailable auth_jwt_revocation_request');
      expect(await verdict('stale', bad)).toBe('500 keys_unavailable auth_jwt_revocation_request');
      await soon('stale-open', bad, 'passes');
      say('stale', list('bad'));
      await soon('stale', good, 'passes');
      expect(await verdict('stale', bad)).toBe('401 revoked jti');
    });

    test('a slow list is waited for, by all, once', async () => {
      const [good, bad] = [await sign(), await sign({ jti: 'bad' })];
      say('slow', { ...(list('bad') as Extract<Behaviour, { kind: 'answer' }>), delay: 800 });
      const all = await Promise.all(
        Array.from({ length: 30 }, (_, index) => verdict('slow', index % 2 ? bad : good)),
      );
      expect(all).toEqual(all.map((_, index) => (index % 2 ? '401 revoked jti' : 'passes')));
      expect(fetches('slow')).toBeLessThanOrEqual(3);
    });

    test('what is no list refuses, and with "open" only what was known before counts', async () => {
      const [good, bad] = [await sign(), await sign({ jti: 'bad' })];
      const texts = ['<html>', '{"jti":"x"}', 'null', '["a", ', '[""]', '[1]', '[{"jti":"x"},{}]'];
      for (const body of texts) {
        say('garbage', { kind: 'answer', body });
        await soon('garbage', good, '500 cannot_parse revocation', 5);
      }
      say('garbage', { kind: 'gzip', body: '["bad"]' });
      await pause(1100);
      expect(await verdict('garbage', good)).toBe('500 cannot_parse revocation');
      // One entry that is not understood, after a list that was good: that one goes on.
      say('spoilt', list('bad'));
      expect(await verdict('spoilt', bad)).toBe('401 revoked jti');
      say('spoilt', list({ sub: 'alice', issued_before: 'tomorrow' }));
      await pause(1300);
      expect(await verdict('spoilt', good)).toBe('passes');
      expect(await verdict('spoilt', bad)).toBe('401 revoked jti');
      await nginx.waitForLog(/number 1; the list at hand still serves/);
    });

    test('ten thousand entries are a list, and one more is none', async () => {
      const [first, last] = [ids(1)[0], ids(10_000)[9_999]];
      for (const jti of [first, last]) {
        expect(await verdict('full', await sign({ jti }))).toBe('401 revoked jti');
      }
      const good = await sign();
      expect(await verdict('full', good)).toBe('passes');
      expect(await verdict('too-many', good)).toBe('500 cannot_parse revocation');
    });

    test('introspected tokens are held against it too, as they came and as they are said to be', async () => {
      const say = (token: string, claims: object) => {
        const body = { active: true, iss: ISSUER, exp: now() + 60, sub: 'alice', ...claims };
        endpoint.tokens[token] = { body };
        return token;
      };
      expect(await verdict('opaque', say(`${door}1`, { jti: 'fine' }))).toBe('passes');
      expect(await verdict('opaque', say(`${door}2`, { jti: 'jti-text' }))).toBe('401 revoked jti');
      expect(await verdict('opaque', `${door}2`)).toBe('401 revoked jti');
      expect(await verdict('opaque', say(`${door}3`, { sub: 'mallory' }))).toBe('401 revoked sub');
      const jwts: readonly (readonly [object, object, string])[] = [
        [{ sub: 'carol' }, {}, 'passes'],
        [{ jti: 'jti-text' }, {}, '401 revoked jti'],
        [{ sub: 'mallory' }, {}, '401 revoked sub'],
        [{ sub: 'dave' }, { sub: 'mallory' }, '401 revoked sub'],
      ];
      for (const [claims, said, want] of jwts) {
        expect(await verdict('all', say(await sign(claims), said))).toBe(want);
      }
      const byStolen = await stolen.sign('ES256', { jti: door }, { kid: 'stolen' });
      expect(await verdict('all', say(byStolen, {}))).toBe('401 revoked kid');
    });
  });

  test('the example of docs/revocation.md does what it says', async () => {
    lists.pages['/docs/.well-known/jwks.json'] = {
      kind: 'answer',
      body: JSON.stringify(issuer.jwks),
    };
    lists.pages['/docs/revoked.json'] = { kind: 'answer', body: DOCUMENTED };
    const cases: readonly (readonly [Parameters<Issuer['sign']>[1], string])[] = [
      [{ sub: 'alice' }, 'passes'],
      [{ jti: '0f8fad5b-d9cb-469f-a165-70867728950e' }, '401 revoked'],
      [{ jti: '7c9e6679-7425-40de-944b-e07fc1f90ae7' }, '401 revoked'],
      [{ sub: 'mallory' }, '401 revoked'],
      [{ sub: 'bob', iat: 1_767_225_599 }, '401 revoked'],
      [{ sub: 'bob', iat: 1_767_225_600 }, 'passes'],
    ];
    for (const [claims, want] of cases) {
      const headers = { ...bearer(await issuer.sign('ES256', claims)), Host: 'docs.example' };
      expect(verdictOf(await send(nginx, { path: '/orders/1', headers }))).toBe(want);
    }
  });

  test('shared memory holds neither tokens nor subjects in the clear', async () => {
    const { body } = await send(nginx, { path: '/dump' });
    expect(body).toContain('revocation file /revoked.json');
    for (const secret of ['jti-text', 'jti-entry', 'mallory', 'bob', '0f8fad5b']) {
      expect(body).not.toContain(secret);
    }
  });

  test('no worker has died, nothing is unforeseen, and the log tells nobody’s name', () => {
    const log = nginx.log();
    expect(log).not.toMatch(/\[alert\]|\[crit\]|exited on|unhandled|generic_error|unforeseen/);
    const loud = log.split('\n').filter((line) => /\[(warn|error)\]/.test(line));
    expect(loud.join('\n')).toMatch(/cannot_parse: the revocation list of \$auth_jwt_revocation/);
    expect(loud.join('\n')).not.toMatch(/mallory|alice|jti-|bad"|eyJ|too small/);
  });
});
