// Requests that pass without a good token, because the configuration says so; and those that do not.

import { describe, expect, test, vi } from 'vitest';
import { POLICY_FORMAT, POLICY_NAMES } from '../../../src/settings/names.ts';
import {
  atFixedTime,
  bearer,
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
const BROKEN = breakSignature(TOKEN);

atFixedTime();

/** It has passed, and nobody is known. */
function expectAnonymous(r: ReturnType<typeof request>): void {
  expect(r.variables).toMatchObject({
    auth_jwt_anonymous: '1',
    no_auth_reason: '',
    no_auth_detail: '',
    auth_jwt_challenge: '',
    auth_jwt_cache: '',
  });
  expect(filled(r)).toEqual([]);
}

describe('$auth_jwt_optional', () => {
  const visit = async (optional: string, headers: object, more: Record<string, string> = {}) => {
    const variables = { auth_jwt_optional: optional, ...more };
    const r = request({ headers: headers as Record<string, string>, variables });
    return { r, told: await pass(r) };
  };

  test.each(['missing', 'failed'])('%s: who brings no token is anonymous', async (optional) => {
    const { r, told } = await visit(optional, {});
    expectAllowed(told);
    expectAnonymous(r);
  });

  test.each(['missing', 'failed'])('%s: who brings a good one is known', async (optional) => {
    const { r, told } = await visit(optional, bearer(TOKEN));
    expectAllowed(told);
    expect(r.variables).toMatchObject({ auth_jwt_anonymous: '', jwt_claim_sub: 'alice' });
  });

  const BAD = [
    ['no JWT', bearer('x')],
    ['expired', bearer(EXPIRED)],
    ['changed', bearer(BROKEN)],
  ] as const;

  test.each(BAD)('failed: who brings a bad one is anonymous: %s', async (_what, headers) => {
    const { r, told } = await visit('failed', headers);
    expectAllowed(told);
    expectAnonymous(r);
  });

  test.each(BAD)('missing: who brings a bad one is refused: %s', async (_what, headers) => {
    const { r, told } = await visit('missing', headers);
    expectDenied(told, 401);
    expect(r.variables).toMatchObject({ auth_jwt_anonymous: '' });
  });

  test.each(['', 'off'])('%j: nobody is anonymous', async (optional) => {
    const { r, told } = await visit(optional, {});
    expectDenied(told, 401);
    expect(r.variables).toMatchObject({ auth_jwt_anonymous: '', no_auth_reason: 'empty_token' });
  });

  test('a good token that grants too little is refused, whatever is optional', async () => {
    const { told } = await visit('failed', bearer(TOKEN), { auth_jwt_roles: 'x' });
    expectDenied(told, 403);
  });

  test('a claim that is required and missing makes anonymous, and leaves nothing behind', async () => {
    const { r, told } = await visit('failed', bearer(TOKEN), {
      auth_jwt_require: 'jwt_claim_email',
    });
    expectAllowed(told);
    expectAnonymous(r);
  });

  test.each([
    ['a fault of the configuration', { auth_jwt_leeway: 'x' }],
    ['a fault beside it', { auth_jwt_key_request: '' }],
  ])('%s refuses', async (_what, variables) => {
    const { told } = await visit('failed', {}, variables);
    expectDenied(told, 500);
  });

  test('a key source that fails refuses', async () => {
    const r = request({
      variables: { auth_jwt_optional: 'failed' },
      subrequest: async () => ({ status: 503, headersOut: {} }),
    });
    expectDenied(await pass(r), 500);
  });

  test('what a variable of an earlier check holds, and cannot be emptied, is handed to nobody', async () => {
    let isStuck = false;
    const r = request({
      variables: { auth_jwt_optional: 'failed' },
      onWrite: (name) => {
        if (isStuck && name === 'jwt_claim_sub') {
          throw new TypeError('variable is not writable');
        }
      },
    });
    expectAllowed(await pass(r));
    isStuck = true;
    vi.setSystemTime((NOW + 3600) * 1000);
    expectDenied(await pass(r), 500);
  });

  test('nor what this check has written, and cannot empty any more', async () => {
    const r = request({
      variables: { auth_jwt_optional: 'failed', auth_jwt_require: 'jwt_claim_email' },
      onWrite: (name, value) => {
        if (name === 'jwt_claim_sub' && value === '') {
          throw new TypeError('variable is not writable');
        }
      },
    });
    expectDenied(await pass(r), 401);
  });

  test('who was known is anonymous when the check runs again without a good token', async () => {
    const r = request({ variables: { auth_jwt_optional: 'failed' } });
    expectAllowed(await pass(r));
    vi.setSystemTime((NOW + 3600) * 1000);
    expectAllowed(await pass(r));
    expectAnonymous(r);
  });

  test('who was anonymous is known when the check runs again with a good token', async () => {
    const r = request({ variables: { auth_jwt_optional: 'missing' } });
    vi.setSystemTime((NOW + 3600) * 1000);
    r.variables.auth_jwt_optional = 'failed';
    expectAllowed(await pass(r));
    vi.setSystemTime(NOW * 1000);
    expectAllowed(await pass(r));
    expect(r.variables).toMatchObject({ auth_jwt_anonymous: '', jwt_claim_sub: 'alice' });
  });
});

describe('$auth_jwt_preflight', () => {
  const PREFLIGHT = { Origin: 'https://app', 'Access-Control-Request-Method': 'PUT' };
  const ask = async (variables: Record<string, string>, headers: Record<string, string>) => {
    const r = request({ headers, variables: { request_method: 'OPTIONS', ...variables } });
    return { r, told: await pass(r) };
  };

  test('allow: a preflight passes, and nobody is known', async () => {
    const { r, told } = await ask(
      { auth_jwt_preflight: 'allow' },
      { ...PREFLIGHT, ...bearer(TOKEN) },
    );
    expectAllowed(told);
    expectAnonymous(r);
  });

  test.each([
    ['it is not said', { auth_jwt_preflight: '' }, PREFLIGHT],
    ['it is checked', { auth_jwt_preflight: 'check' }, PREFLIGHT],
    ['it is none', { auth_jwt_preflight: 'allow' }, { Origin: 'https://app' }],
    ['it is another method', { auth_jwt_preflight: 'allow', request_method: 'PUT' }, PREFLIGHT],
  ])('it is refused: %s', async (_what, variables, headers) => {
    const { told } = await ask(
      variables as Record<string, string>,
      headers as Record<string, string>,
    );
    expectDenied(told, 401);
  });

  test('a fault of the configuration is seen all the same', async () => {
    const { told } = await ask({ auth_jwt_preflight: 'allow', auth_jwt_issuer: '' }, PREFLIGHT);
    expectDenied(told, 500);
  });
});

describe('$auth_jwt_mode report', () => {
  const visit = async (headers: Record<string, string>, variables: Record<string, string> = {}) => {
    const r = request({ headers, variables: { auth_jwt_mode: 'report', ...variables } });
    return { r, told: await pass(r) };
  };

  test.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['no token', {}, {}, 'empty_token'],
    ['a changed one', bearer(BROKEN), {}, 'bad_signature'],
    ['an expired one', bearer(EXPIRED), {}, 'not_active'],
    ['one that grants too little', bearer(TOKEN), { auth_jwt_roles: 'x' }, 'no_roles'],
    ['a rule that is broken', bearer(TOKEN), { auth_jwt_require_claims: 'a eq 1' }, 'bad_claim'],
    ['a variable', bearer(TOKEN), { auth_jwt_require: 'jwt_claim_email' }, 'bad_claim'],
    ['a fault', bearer(TOKEN), { auth_jwt_leeway: 'x' }, 'bad_configuration'],
    [
      'no key',
      bearer(TOKEN),
      { auth_jwt_key_request: '', auth_jwt_key_file: '/no' },
      'keys_unavailable',
    ],
  ])('refuses nobody and says what it would: %s', async (_what, headers, variables, reason) => {
    const { r, told } = await visit(headers, variables);
    expectAllowed(told);
    expect(r.variables).toMatchObject({ no_auth_reason: reason, auth_jwt_anonymous: '1' });
    expect(filled(r)).toEqual([]);
  });

  test('lets a good token pass as ever, and warns once', async () => {
    const { r, told } = await visit(bearer(TOKEN));
    expectAllowed(told);
    expect(r.variables).toMatchObject({ no_auth_reason: '', jwt_claim_sub: 'alice' });
    expect(r.logged).toEqual([{ level: 'warn', text: expect.stringContaining('"report"') }]);
    expect((await visit(bearer(TOKEN))).r.logged).toEqual([]);
  });

  test.each(['enforce', ''])('%j refuses', async (auth_jwt_mode) => {
    expectDenied((await visit({}, { auth_jwt_mode })).told, 401);
  });

  test('what is neither is a fault of the configuration', async () => {
    const { r, told } = await visit({}, { auth_jwt_mode: 'reports' });
    expectDenied(told, 500);
    expect(r.variables).toMatchObject({ no_auth_detail: 'auth_jwt_mode' });
  });

  test('who is anonymous by another setting is refused nothing, and told of nothing', async () => {
    const { r, told } = await visit({}, { auth_jwt_optional: 'missing' });
    expectAllowed(told);
    expectAnonymous(r);
  });
});

describe('rules that read a variable', () => {
  test('are asked for each request, though the token is the same', async () => {
    const settings = { auth_jwt_require_claims: 'sub eq variable:tenant' };
    const { variables } = request({ variables: settings });
    // One policy for all of them, as the map of auth_jwt.conf has it.
    const values = POLICY_NAMES.map((name) => variables[name]);
    const auth_jwt_policy = [POLICY_FORMAT, ...values].join('\r');
    const r = (tenant: string) => request({ variables: { ...settings, auth_jwt_policy, tenant } });
    for (let round = 0; round < 4; round += 1) {
      expectAllowed(await pass(r('alice')));
      expectDenied(await pass(r('bob')), 401);
    }
  });
});

describe('$auth_jwt_claim_set', () => {
  const SET = {
    auth_jwt_claim_set: 'user=sub first=role.0 gone=a.b',
    user: '',
    first: '',
    gone: 'x',
  };
  const setOf = ({ variables: { user, first, gone } }: ReturnType<typeof request>) => [
    user,
    first,
    gone,
  ];

  test('fills variables by path, and empties those without a claim', async () => {
    const r = request({ variables: SET });
    expectAllowed(await pass(r));
    expect(setOf(r)).toEqual(['alice', 'admin', '']);
  });

  test('of the policy of this request, though the token is kept', async () => {
    for (let round = 0; round < 4; round += 1) {
      const r = request({ variables: SET });
      expectAllowed(await pass(r));
      expect(setOf(r)).toEqual(['alice', 'admin', '']);
      const other = request({ variables: { ...SET, auth_jwt_claim_set: 'user=iss' } });
      expectAllowed(await pass(other));
      expect(setOf(other)).toEqual([CLAIMS.iss, '', 'x']);
    }
  });

  test('leaves nothing behind for a check that refuses, nor for one with other variables', async () => {
    const r = request({ variables: SET });
    expectAllowed(await pass(r));
    r.variables.auth_jwt_claim_set = '';
    expectAllowed(await pass(r));
    expect(setOf(r)).toEqual(['', '', '']);
    r.variables.auth_jwt_claim_set = SET.auth_jwt_claim_set;
    expectAllowed(await pass(r));
    vi.setSystemTime((NOW + 3600) * 1000);
    expectDenied(await pass(r), 401);
    expect(setOf(r)).toEqual(['', '', '']);
  });

  test('wants variables that are declared', async () => {
    const r = request({ variables: { auth_jwt_claim_set: 'no_such_variable=sub' } });
    expectDenied(await pass(r), 500);
    expect(r.variables).toMatchObject({
      no_auth_reason: 'bad_configuration',
      no_auth_detail: 'auth_jwt_claim_set',
    });
    expect(r.logged[0]?.text).toContain('js_var $no_such_variable;');
    expect(filled(r)).toEqual([]);
  });
});
