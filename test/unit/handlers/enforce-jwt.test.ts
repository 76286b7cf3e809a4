import { expect, test } from 'vitest';
import { enforceJwt } from '../../../src/handlers/enforce-jwt.ts';
import { fakeRequest, reply } from '../../support/fake-request.ts';
import { createSigner, jwksOf } from '../../support/tokens.ts';

const signer = await createSigner();
const POLICY = { auth_jwt_issuer: 'any', auth_jwt_key_request: '/_jwks' };
const exp = Date.now() / 1000 + 60;

const request = async (variables: Record<string, string>) =>
  fakeRequest({
    variables,
    headers: { Authorization: `Bearer ${await signer.sign({ exp })}` },
    subrequest: async () => reply(jwksOf(signer)),
  });

test.each([
  ['a good token', POLICY],
  ['a location without a check', { auth_jwt: 'off' }],
])('%s is let pass without a word', async (_what, variables) => {
  const r = await request(variables);
  await enforceJwt(r);
  expect(r.returned).toEqual([]);
});

test.each([
  ['a token that lacks what is required', { ...POLICY, auth_jwt_require: 'jwt_claim_sub' }, 401],
  ['a role that is missing', { ...POLICY, auth_jwt_require: 'jwt_claim_role error=403' }, 403],
  ['a setting that is missing', {}, 500],
])(
  '%s is denied, once and without a body, which would pass error_page by',
  async (_what, variables, status) => {
    const r = await request(variables);
    await enforceJwt(r);
    expect(r.returned).toEqual([{ status }]);
  },
);
