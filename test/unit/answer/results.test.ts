import { describe, expect, test } from 'vitest';
import {
  clearResults,
  writeAnonymous,
  writeConsumer,
  writeRefusal,
} from '../../../src/answer/results.ts';
import { refuse } from '../../../src/refusal.ts';
import { DECLARED, fakeRequest } from '../../support/fake-request.ts';
import { refused } from '../../support/refusals.ts';
import { forge } from '../../support/tokens.ts';
import { fill, variablesWith } from '../../support/written.ts';

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

describe('writeConsumer', () => {
  const consumer = { id: '1', username: 'ålice', customId: 'c\n1', credential: 'k' };

  test('says who it is, in a form that a header takes, until the next check', () => {
    const variables = variablesWith({ auth_jwt_passed: '-' });
    writeConsumer(variables, consumer);
    const written = {
      auth_jwt_consumer_id: '1',
      auth_jwt_consumer_username: 'ålice',
      auth_jwt_consumer_custom_id: '',
      auth_jwt_credential_identifier: 'k',
    };
    expect(variables).toMatchObject(written);
    clearResults(variables);
    for (const name of Object.keys(written)) {
      expect([name, variables[name]]).toEqual([name, '']);
    }
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

describe('writeAnonymous', () => {
  test('says that nobody is known', () => {
    const variables = variablesWith({});
    writeAnonymous(variables);
    expect(variables).toMatchObject({ auth_jwt_anonymous: '1', no_auth_reason: '' });
  });

  test('does not without the record of what an earlier check has filled', () => {
    const variables = { auth_jwt_anonymous: '', jwt_claim_sub: 'alice' };
    expect(() => writeAnonymous(variables)).toThrow(
      refused('bad_configuration', 'auth_jwt_passed'),
    );
    expect(variables.auth_jwt_anonymous).toBe('');
  });
});
