import { describe, expect, test } from 'vitest';
import {
  claimsJson,
  clearResults,
  createOutlets,
  writeClaims,
  writeRefusal,
} from '../../../src/answer/results.ts';
import type { NginxVariables } from '../../../src/nginx.ts';
import { refuse } from '../../../src/refusal.ts';
import { decodeToken, type Token } from '../../../src/token/decode.ts';
import { DECLARED, fakeRequest } from '../../support/fake-request.ts';
import { forge } from '../../support/tokens.ts';

const variablesWith = (variables: Record<string, string> = {}) =>
  fakeRequest({ variables }).variables;

/** Fills variables from a good token, as the first request of a context does. */
function fill(
  variables: NginxVariables,
  claims: object,
  header: object = { alg: 'ES256' },
): NginxVariables {
  writeClaims(variables, decodeToken(forge(header, claims)), 'MISS', createOutlets(), []);
  return variables;
}

describe('writeClaims', () => {
  test('fills what is declared', () => {
    const variables = variablesWith({ jwt_claim_tenant: '', jwt_header_x5t: '' });
    fill(
      variables,
      { sub: 'alice', tenant: 5, role: ['a', 'b'] },
      { alg: 'ES256', x5t: 'x', kid: 'k' },
    );
    expect(variables).toMatchObject({
      jwt_claim_sub: 'alice',
      jwt_claim_tenant: '5',
      jwt_claim_role: 'a,b',
      jwt_header_alg: 'ES256',
      jwt_header_kid: 'k',
      jwt_header_x5t: 'x',
      auth_jwt_cache: 'MISS',
    });
  });

  test('tells one header from another, and knows the same one again', () => {
    const outlets = createOutlets();
    const [one, other] = [{ kid: 'one' }, { kid: 'other', typ: 'JWT' }].map((header) =>
      decodeToken(forge({ alg: 'ES256', ...header }, {})),
    );
    const seen = [one, other, one, one].map((token) => {
      const variables = variablesWith();
      writeClaims(variables, token as Token, 'MISS', outlets, []);
      return [variables.jwt_header_kid, variables.jwt_header_typ];
    });
    expect(seen).toEqual([
      ['one', ''],
      ['other', 'JWT'],
      ['one', ''],
      ['one', ''],
    ]);
  });

  test('leaves alone what is not', () => {
    const variables = variablesWith();
    const before = Object.keys(variables);
    fill(variables, { secret: 'x', __proto__x: 1 }, { alg: 'a', jku: 'x' });
    expect(Object.keys(variables)).toEqual(before);
  });

  test('leaves empty what the token does not have', () => {
    const variables = variablesWith();
    fill(variables, { sub: 'alice' });
    expect(variables.jwt_claim_role).toBe('');
    expect(variables.jwt_header_kid).toBe('');
  });

  test.each(['Sub', 'SUB', 'a-b', 'a.b', 'https://x/role', '', ' sub', '日本'])(
    'looks up no variable for the claim %j',
    (name) => {
      const variables = variablesWith({ [`jwt_claim_${name}`]: '', jwt_claim_: '' });
      fill(variables, { [name]: 'x' });
      expect(variables[`jwt_claim_${name}`]).toBe('');
    },
  );

  test('keeps claims and header apart', () => {
    const variables = variablesWith();
    fill(variables, { kid: 'claim', sub: 'alice' }, { kid: 'header', sub: 'x' });
    expect(variables).toMatchObject({ jwt_claim_sub: 'alice', jwt_header_kid: 'header' });
  });

  test('lets no control character through', () => {
    const variables = variablesWith();
    fill(variables, { sub: 'a\r\nX: 1', name: 'x' });
    expect(variables.jwt_claim_sub).toBe('');
    expect(claimsJson(variables)).toBe('{"sub":"a\\r\\nX: 1","name":"x"}');
  });

  test('does without the variables of auth_jwt.conf', () => {
    const variables = { jwt_claim_sub: '' };
    fill(variables, { sub: 'alice' });
    expect(variables).toEqual({ jwt_claim_sub: 'alice' });
  });
});

describe('clearResults', () => {
  const results = Object.keys(DECLARED).filter((name) =>
    /^(jwt_|no_auth_|auth_jwt_(challenge|cache|passed)$)/.test(name),
  );

  test('empties all that an earlier check has filled', () => {
    const variables = variablesWith({ jwt_claim_tenant: '' });
    fill(variables, { sub: 'alice', tenant: 'a' }, { alg: 'ES256', kid: 'k' });
    writeRefusal(variables, refuse('not_active', 'expired'));
    clearResults(variables);
    expect([...results, 'jwt_claim_tenant'].filter((name) => variables[name] !== '')).toEqual([]);
  });

  test('empties all others where one cannot be emptied, and does not hide it', () => {
    const failure = new TypeError('variable is not writable');
    const { variables } = fakeRequest({
      variables: {
        auth_jwt_passed: forge({}, { role: 'a', sub: 'b' }).replace(/\.[^.]*$/, ''),
        jwt_claim_sub: 'alice',
      },
      onWrite: (name) => {
        if (name === 'jwt_claim_role') {
          throw failure;
        }
      },
    });
    expect(() => clearResults(variables)).toThrow(failure);
    expect(results.filter((name) => variables[name] !== '')).toEqual([]);
  });

  test('leaves settings alone', () => {
    const variables = variablesWith({ auth_jwt: 'orders', auth_jwt_issuer: 'any' });
    clearResults(variables);
    expect(variables).toMatchObject({ auth_jwt: 'orders', auth_jwt_issuer: 'any' });
  });

  test('declares nothing', () => {
    const variables = {};
    clearResults(variables);
    expect(variables).toEqual({});
  });
});

describe('writeRefusal', () => {
  test('says why, and what to answer', () => {
    const variables = variablesWith({ auth_jwt: 'orders' });
    writeRefusal(variables, refuse('not_active', 'expired', 'for the log'));
    expect(variables).toMatchObject({
      no_auth_reason: 'not_active',
      no_auth_detail: 'expired',
      auth_jwt_challenge: expect.stringMatching(/^Bearer realm="orders", error="invalid_token"/),
    });
  });

  test('has no challenge where the fault is the gateway’s', () => {
    const variables = variablesWith({ auth_jwt: 'orders', auth_jwt_challenge: 'Bearer' });
    writeRefusal(variables, refuse('generic_error'));
    expect(variables).toMatchObject({ no_auth_reason: 'generic_error', auth_jwt_challenge: '' });
  });

  test('does without the variables of auth_jwt.conf', () => {
    const variables = {};
    writeRefusal(variables, refuse('empty_token'));
    expect(variables).toEqual({});
  });
});
