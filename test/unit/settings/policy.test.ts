// All settings in one look: it must never make one policy pass for another.

import { describe, expect, test } from 'vitest';
import type { NginxVariables } from '../../../src/nginx.ts';
import { POLICY_FORMAT, POLICY_NAMES } from '../../../src/settings/names.ts';
import { readPolicy } from '../../../src/settings/policy.ts';
import { refused } from '../../support/refusals.ts';

const LEAST = { auth_jwt_issuer: 'https://idp.example.com/', auth_jwt_key_file: '/keys.json' };

/** Variables as nginx has them: `$auth_jwt_policy` joins what the others hold. */
function declared(variables: NginxVariables, names: readonly string[] = POLICY_NAMES) {
  const all: NginxVariables = { ...LEAST, ...variables };
  const values = names.map((name) => all[name] ?? '');
  return { ...all, auth_jwt_policy: [POLICY_FORMAT, ...values].join('\r') };
}

/** The same without `$auth_jwt_policy`: each setting is read by itself. */
const readSingly = (variables: NginxVariables) => readPolicy({ ...LEAST, ...variables });

describe('settings that are read at once', () => {
  test.each([
    {},
    { auth_jwt: 'off' },
    { auth_jwt: 'orders', auth_jwt_audience: 'a b', auth_jwt_leeway: '30s' },
    { auth_jwt_token_from: 'cookie:t header:Authorization', auth_jwt_max_age: '1h' },
    { auth_jwt_require: 'jwt_claim_sub error=403', auth_jwt_algorithms: 'ES256' },
    { auth_jwt_audience: ' a ', auth_jwt_key_file: ' /a.json  /b.json ' },
  ])('are what they are one by one: %j', (variables) => {
    expect(readPolicy(declared(variables))).toEqual(readSingly(variables));
  });

  test('are parsed once, as long as they stay the same', () => {
    const first = readPolicy(declared({ auth_jwt_audience: 'once' }));
    expect(readPolicy(declared({ auth_jwt_audience: 'once' }))).toBe(first);
    expect(readPolicy(declared({ auth_jwt_audience: 'twice' }))).not.toEqual(first);
  });

  test('are parsed once, also where rules stand on several lines', () => {
    const rules = { auth_jwt_require_claims: '\n  a eq 1;\n\tb eq 2;\n' };
    const first = readPolicy(declared(rules));
    expect(first).toEqual(readSingly(rules));
    expect(readPolicy(declared(rules))).toBe(first);
  });

  test('are refused each time where they cannot be understood', () => {
    for (const _time of [1, 2]) {
      expect(() => readPolicy(declared({ auth_jwt_leeway: 'x' }))).toThrow(
        refused('bad_configuration', 'auth_jwt_leeway'),
      );
    }
  });

  test('are remembered of few policies only, and all are right', () => {
    for (const _round of [1, 2]) {
      for (let count = 0; count < 50; count += 1) {
        const audience = { auth_jwt_audience: `a${count}` };
        expect(readPolicy(declared(audience))).toEqual(readSingly(audience));
      }
    }
  });
});

describe('a setting with a carriage return in it', () => {
  // $auth_jwt_audience comes right after $auth_jwt_issuer.
  const STRICT = { auth_jwt_issuer: 'https://a/', auth_jwt_audience: 'orders' };
  const FORGED = { auth_jwt_issuer: 'https://a/\rorders', auth_jwt_audience: '' };

  test('does not look like another policy', () => {
    readPolicy(declared(STRICT));
    const policy = readPolicy(declared(FORGED));
    expect(policy).toEqual(readSingly(FORGED));
    expect(policy).toMatchObject({ issuers: ['https://a/', 'orders'], audiences: [] });
    expect(readPolicy(declared(STRICT))).toMatchObject({ audiences: ['orders'] });
  });

  test('does not leave a policy for others', () => {
    readPolicy(declared(FORGED));
    expect(readPolicy(declared(STRICT))).toEqual(readSingly(STRICT));
  });
});

test.each([
  ['is empty', ''],
  ['is not declared', undefined],
])('where $auth_jwt_policy %s the settings are read one by one', (_what, auth_jwt_policy) => {
  const variables = { auth_jwt_audience: 'orders' };
  expect(readPolicy({ ...LEAST, ...variables, auth_jwt_policy })).toEqual(readSingly(variables));
});

describe('an auth_jwt.conf of another version does not drop a required role', () => {
  const OWN = declared({ auth_jwt_roles: 'admin' }).auth_jwt_policy ?? '';
  const [, ...values] = OWN.split('\r');

  test.each([
    ['without a mark of its format', values.join('\r')],
    ['with another mark', ['v1-00000000', ...values].join('\r')],
    ['with an empty mark', ['', ...values].join('\r')],
    [
      'with the next version of the mark',
      [POLICY_FORMAT.replace('v1', 'v2'), ...values].join('\r'),
    ],
    ['with fewer fields', [POLICY_FORMAT, ...values.slice(1)].join('\r')],
    ['with nothing but the mark', POLICY_FORMAT],
    ['with other fields', 'a\rb'],
  ])('%s', (_what, auth_jwt_policy) => {
    for (const _time of [1, 2]) {
      expect(() => readPolicy({ ...LEAST, auth_jwt_roles: 'admin', auth_jwt_policy })).toThrow(
        refused('bad_configuration', 'auth_jwt_policy'),
      );
    }
  });
});
