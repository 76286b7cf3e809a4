import { expect, test } from 'vitest';
import { validateJwt } from '../../../src/handlers/validate-jwt.ts';
import { fakeRequest, reply } from '../../support/fake-request.ts';
import { createSigner, jwksOf } from '../../support/tokens.ts';

const signer = await createSigner();
const POLICY = { auth_jwt_issuer: 'any', auth_jwt_key_request: '/_jwks' };
const exp = Date.now() / 1000 + 60;

test.each([
  ['a good token', POLICY, { status: 204 }],
  [
    'a token that lacks what is required',
    { ...POLICY, auth_jwt_require: 'jwt_claim_sub' },
    { status: 401, body: 'bad_claim' },
  ],
  [
    'a role that is missing',
    { ...POLICY, auth_jwt_require: 'jwt_claim_role error=403' },
    { status: 403, body: 'no_roles' },
  ],
  ['a setting that is missing', {}, { status: 500, body: 'bad_configuration' }],
  ['a location without a check', { auth_jwt: 'off' }, { status: 204 }],
])(
  '%s is answered once, a refusal with its reason as the body',
  async (_what, variables, answer) => {
    const r = fakeRequest({
      variables,
      headers: { Authorization: `Bearer ${await signer.sign({ exp })}` },
      subrequest: async () => reply(jwksOf(signer)),
    });
    await validateJwt(r);
    expect(r.returned).toEqual([answer]);
  },
);
