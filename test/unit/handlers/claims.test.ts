import { expect, test } from 'vitest';
import { claims } from '../../../src/handlers/claims.ts';
import { fakeRequest } from '../../support/fake-request.ts';
import { atFixedTime, bearer, pass, request, signer } from '../../support/guarded.ts';
import { breakSignature, CLAIMS } from '../../support/tokens.ts';

atFixedTime();

test('all claims are there as JSON of printable ASCII, once the request has been let pass', async () => {
  const given = { ...CLAIMS, name: 'Jürgen\r\n😀', nested: { a: [1, null, 'x'] } };
  const r = request({ headers: bearer(await signer.sign(given)) });
  expect(claims(r)).toBe('');
  await pass(r);
  expect(claims(r)).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(claims(r))).toEqual(given);
});

test('a name that is repeated counts once, as everywhere', async () => {
  const payload = Buffer.from('{"role":"user", "role":"admin"}').toString('base64url');
  const r = fakeRequest({ variables: { auth_jwt_passed: `e30.${payload}` } });
  expect(claims(r)).toBe('{"role":"admin"}');
});

test('there are none of a request that is refused', async () => {
  const r = request();
  await pass(r);
  expect(claims(r)).not.toBe('');
  const again = request({
    headers: bearer(breakSignature(await signer.sign())),
    variables: { ...r.variables } as Record<string, string>,
  });
  await pass(again);
  expect(claims(again)).toBe('');
});

test('where nothing is declared there is nothing', () => {
  expect(claims({ ...fakeRequest(), variables: {} })).toBe('');
});
