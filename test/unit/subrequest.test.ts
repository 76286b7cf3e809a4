import { describe, expect, test } from 'vitest';
import type { NginxReply } from '../../src/nginx.ts';
import { askLocation } from '../../src/subrequest.ts';
import { fakeRequest, reply } from '../support/fake-request.ts';
import { explained } from '../support/refusals.ts';

const ask = (answer: Partial<NginxReply>, uri = '/_jwks') =>
  askLocation(fakeRequest({ subrequest: async () => ({ ...reply('x'), ...answer }) }), uri, {
    method: 'GET',
  });

describe('an answer is taken', () => {
  test.each([
    ['of the location itself', {}],
    ['where no cache has a say', { variables: { upstream_cache_status: '' } }],
    ['past a cache that had none', { variables: { upstream_cache_status: 'MISS' } }],
    ['past a cache that had an old one', { variables: { upstream_cache_status: 'EXPIRED' } }],
    ['past a cache that was not asked', { variables: { upstream_cache_status: 'BYPASS' } }],
    ['of a location that has rewritten its own URI', at('/keys.json', ' /_jwks')],
    ['of one that was asked after another', at('/keys.json', ' /_revoked /_jwks')],
  ])('%s', async (_what, answer) => {
    expect((await ask(answer)).responseText).toBe('x');
  });

  test('whatever arguments were asked for', async () => {
    expect((await ask(at('/_jwks', ''), '/_jwks?tenant=a')).status).toBe(200);
    expect((await ask(at('/keys.json', ' /_jwks'), '/_jwks?tenant=a')).status).toBe(200);
  });
});

describe('an answer is not taken', () => {
  test.each(['HIT', 'STALE', 'UPDATING', 'REVALIDATED', 'SOMETHING'])(
    'from a cache: %s',
    async (status) => {
      await expect(ask({ variables: { upstream_cache_status: status } })).rejects.toEqual(
        explained(
          'bad_configuration',
          'cached',
          'location "/_jwks": answered from a cache of nginx; write "proxy_cache off;" in it',
        ),
      );
    },
  );

  test.each([
    ['nothing', undefined],
    ['', ''],
    ['another location', ' /_revoked'],
    ['a longer name', ' /_jwks2 /a/_jwks'],
  ])('of another location, where the request has reached %s', async (_what, reached) => {
    await expect(ask(at('/index.php', reached), '/_jwks?a')).rejects.toEqual(
      explained(
        'bad_configuration',
        'redirected',
        expect.stringMatching(/^location "\/_jwks": another location answered; /),
      ),
    );
  });
});

/** An answer of a URI, and what our snippets have written down. */
function at(uri: string, reached: string | undefined): Partial<NginxReply> {
  return { uri, variables: { auth_jwt_reached: reached } };
}
