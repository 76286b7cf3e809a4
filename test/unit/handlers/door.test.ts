import { describe, expect, test, vi } from 'vitest';
import type { FakeOptions, FakeReply, FakeRequest } from '../../support/fake-request.ts';
import {
  atFixedTime,
  bearer,
  door,
  enter,
  expectAllowed,
  expectDenied,
  filled,
  pass,
  request,
  signer,
  TOKEN,
} from '../../support/guarded.ts';
import { breakSignature, CLAIMS, NOW } from '../../support/tokens.ts';

const EXPIRED = await signer.sign({ ...CLAIMS, exp: NOW });

atFixedTime();

describe('a good token', () => {
  test('is let pass, its claims in variables', async () => {
    const r = request();
    expectAllowed(await pass(r));
    expect(r.variables).toMatchObject({
      no_auth_reason: '',
      no_auth_detail: '',
      auth_jwt_challenge: '',
      jwt_claim_sub: 'alice',
      jwt_claim_role: 'admin,user',
      jwt_header_alg: 'ES256',
      auth_jwt_passed: TOKEN.replace(/\.[^.]*$/, ''),
    });
    expect(r.logged).toEqual([]);
  });

  test('leaves no timer behind', async () => {
    await pass(request());
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is judged by the second that has begun', async () => {
    const last = await signer.sign({ ...CLAIMS, exp: NOW + 1 });
    expectAllowed(await pass(request({ headers: bearer(last) })));
  });
});

describe('a bad one', () => {
  test.each([
    ['none', {}, 401, 'empty_token', ''],
    ['no JWT', { Authorization: 'Bearer x' }, 401, 'invalid_jwt', 'parts'],
    ['expired', bearer(EXPIRED), 401, 'not_active', 'expired'],
    ['changed', bearer(breakSignature(TOKEN)), 401, 'bad_signature', 'signature'],
  ] as const)('is denied: %s', async (_what, headers, status, reason, detail) => {
    const r = request({ headers });
    expectDenied(await pass(r), status);
    expect(r.variables).toMatchObject({
      no_auth_reason: reason,
      no_auth_detail: detail,
      auth_jwt_challenge: expect.stringMatching(/^Bearer realm="orders"/),
    });
    expect(filled(r)).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is denied by a variable that is required, and leaves no claims', async () => {
    const r = request({ variables: { auth_jwt_require: 'jwt_claim_sub no_such error=403' } });
    expectDenied(await pass(r), 403);
    expect(r.variables).toMatchObject({ no_auth_reason: 'no_roles', no_auth_detail: 'no_such' });
    expect(filled(r)).toEqual([]);
  });

  test('leaves nothing of a good one that came before, in the same request', async () => {
    const r = request();
    expectAllowed(await pass(r));
    expect(filled(r)).not.toEqual([]);
    vi.setSystemTime((NOW + 3600) * 1000);
    expectDenied(await pass(r), 401);
    expect(filled(r)).toEqual([]);
  });

  test('leaves nothing to a good one that comes after, in the same request', async () => {
    const r = request();
    vi.setSystemTime((NOW + 3600) * 1000);
    expectDenied(await pass(r), 401);
    vi.setSystemTime(NOW * 1000);
    expectAllowed(await pass(r));
    expect(r.variables).toMatchObject({
      no_auth_reason: '',
      no_auth_detail: '',
      auth_jwt_challenge: '',
      jwt_claim_sub: 'alice',
    });
  });

  test('has no claim of another token that came before', async () => {
    const r = request();
    await pass(r);
    r.variables.auth_jwt_token_from = 'cookie:none header:Authorization';
    const bare = await signer.sign({ iss: CLAIMS.iss, aud: CLAIMS.aud, exp: CLAIMS.exp });
    const second = Object.assign(Object.create(r), { headersIn: bearer(bare) });
    expectAllowed(await pass(second));
    expect(r.variables).toMatchObject({ jwt_claim_sub: '', jwt_claim_role: '' });
  });
});

describe('off', () => {
  test('lets pass without a look at token or settings', async () => {
    const r = request({ headers: {}, variables: { auth_jwt: 'off', auth_jwt_issuer: '' } });
    const told = door();
    expect(enter(r, told)).toBeUndefined();
    expectAllowed(told);
    expect(r.subrequests).toEqual([]);
  });

  test('leaves no claims of an earlier check', async () => {
    const r = request();
    await pass(r);
    r.variables.auth_jwt = 'off';
    expectAllowed(await pass(r));
    expect(filled(r)).toEqual([]);
  });
});

describe('what is unforeseen', () => {
  const unforeseen = () => {
    throw new RangeError(`unforeseen ${TOKEN}`);
  };

  const CASES: Readonly<Record<string, FakeOptions>> = {
    'headers that cannot be read': {
      headers: {
        get Authorization() {
          return unforeseen();
        },
      } as never,
    },
    'a claim that cannot be written': { onWrite: throwAt('jwt_claim_role') },
    'claims that cannot be written': { onWrite: throwAt('auth_jwt_passed') },
  };

  test.each(Object.entries(CASES))('is denied: %s', async (_what, options) => {
    const r = requestOf(options);
    expectDenied(await pass(r), 500);
    expect(r.variables).toMatchObject({ no_auth_reason: 'generic_error', auth_jwt_challenge: '' });
    expect(filled(r)).toEqual([]);
    expect(r.logged).toEqual([
      { level: 'error', text: expect.stringMatching(/^auth_jwt: generic_error: unforeseen \w+$/) },
    ]);
  });

  test.each([
    ['throws', unforeseen],
    ['rejects', () => Promise.reject(new RangeError(TOKEN))],
    ['rejects with nothing', () => Promise.reject(undefined)],
    ['gives an answer that is none', async () => undefined as unknown as FakeReply],
  ])('is denied: a key source that %s', async (_what, subrequest) => {
    const r = request({ subrequest });
    expectDenied(await pass(r), 500);
    expect(r.variables).toMatchObject({ no_auth_reason: 'generic_error', auth_jwt_challenge: '' });
    expect(filled(r)).toEqual([]);
    expect(r.logged.map(({ text }) => text)).toEqual([
      'auth_jwt: generic_error: unforeseen fault while reading $auth_jwt_key_request "/_jwks"',
      'auth_jwt: generic_error: keys',
    ]);
  });

  test('is denied before anything is awaited', () => {
    const r = request();
    const told = door();
    const variables = new Proxy(r.variables, {
      get: (target, name) => (name === 'auth_jwt_issuer' ? unforeseen() : target[String(name)]),
    });
    expect(enter({ ...r, variables }, told)).toBeUndefined();
    expectDenied(told, 500);
    expect(r.variables.no_auth_reason).toBe('generic_error');
  });

  test('is denied even where the log cannot be written', async () => {
    const r = request({ headers: {} });
    expectDenied(await pass({ ...r, log: unforeseen }), 401);
    expect(r.variables.no_auth_reason).toBe('empty_token');
  });

  /** A write that fails, of a value but not of its removal. */
  function throwAt(failing: string): (name: string, value: string) => void {
    return (name, value) => {
      if (name === failing && value !== '') {
        unforeseen();
      }
    };
  }

  function requestOf({ headers, ...options }: FakeOptions): FakeRequest {
    const r = request(options);
    return headers ? Object.assign(r, { headersIn: headers }) : r;
  }
});

describe('a variable that cannot be written', () => {
  /** As a variable of nginx itself would be. */
  const readOnly = (variable: string): FakeOptions => ({
    onWrite: (name) => {
      if (name === variable) {
        throw new TypeError('variable is not writable');
      }
    },
  });

  test('does not keep the request from being denied, and the others from telling why', async () => {
    const r = request(readOnly('jwt_claim_role'));
    expectDenied(await pass(r), 500);
    expect(r.variables.no_auth_reason).toBe('generic_error');
    expect(r.logged).toHaveLength(1);
    expect(filled(r)).toEqual([]);
  });

  test.each(['no_auth_reason', 'no_auth_detail', 'auth_jwt_challenge'])(
    'does not keep the log from telling why: %s',
    async (name) => {
      const r = request({ ...readOnly(name), headers: {} });
      expectDenied(await pass(r), 401);
      expect(r.logged).toEqual([{ level: 'info', text: 'auth_jwt: empty_token: ' }]);
    },
  );
});
