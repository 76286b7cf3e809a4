import { describe, expect, test } from 'vitest';
import { claimsJson } from '../../../src/answer/results.ts';
import { createOutlets, writeClaims } from '../../../src/answer/write-claims.ts';
import { readClaimSet } from '../../../src/settings/claim-set.ts';
import type { Token } from '../../../src/token/decode.ts';
import { forge, parseToken } from '../../support/tokens.ts';
import { fill, variablesWith } from '../../support/written.ts';

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
      parseToken(forge({ alg: 'ES256', ...header }, {})),
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

  test('does not fill a variable with a text that HTTP parsers would trim', () => {
    const variables = variablesWith();
    fill(variables, { sub: 'admin ', name: ' admin', email: 'a@b' });
    expect(variables).toMatchObject({
      jwt_claim_sub: '',
      jwt_claim_name: '',
      jwt_claim_email: 'a@b',
    });
  });

  test('writes a claim as JSON where that is wanted', () => {
    const token = parseToken(forge({ alg: 'ES256' }, '{"a":["x,y",9007199254740993],"b":"ü"}'));
    const set = readClaimSet({ auth_jwt_claim_set: 'a_json=json:a b_json=json:/b none=json:c' });
    const variables = variablesWith({ a_json: '', b_json: '', none: 'x' });
    writeClaims(variables, token, 'MISS', createOutlets(), set);
    expect(variables).toMatchObject({
      a_json: '["x,y",9007199254740993]',
      b_json: '"\\u00fc"',
      none: '',
    });
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
