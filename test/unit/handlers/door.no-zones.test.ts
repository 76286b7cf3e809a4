// Where no zone is declared everything works, slower. A file of its own: zones stay open once opened.

import { expect, test } from 'vitest';
import { reply } from '../../support/fake-request.ts';
import {
  bearer,
  expectAllowed,
  expectDenied,
  pass,
  request,
  signer,
} from '../../support/guarded.ts';
import { breakSignature } from '../../support/tokens.ts';

const exp = Math.floor(Date.now() / 1000) + 600;
const TOKEN = await signer.sign({ iss: 'https://idp.example.com/', aud: 'orders', exp });

test('no verdict changes, keys are read each time, and the cache is off', async () => {
  for (const _round of [1, 2]) {
    const r = request({ headers: bearer(TOKEN) });
    expectAllowed(await pass(r));
    expect(r.variables.auth_jwt_cache).toBe('OFF');
    expect(r.subrequests).toHaveLength(1);
    const broken = { headers: bearer(breakSignature(TOKEN)) };
    expectDenied(await pass(request(broken)), 401);
    const down = { headers: bearer(TOKEN), subrequest: async () => reply('', 502) };
    expectDenied(await pass(request(down)), 500);
  }
});

test('the operator is told, and not for each request', async () => {
  const logged = [];
  for (const _request of [1, 2, 3]) {
    const r = request({ headers: bearer(TOKEN), variables: { auth_jwt_audience: 'x' } });
    await pass(r);
    logged.push(...r.logged.map(({ text }) => text));
  }
  expect(logged.filter((text) => text.includes('js_shared_dict_zone')).length).toBeLessThan(2);
});
