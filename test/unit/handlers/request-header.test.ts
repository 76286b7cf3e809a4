import { expect, test } from 'vitest';
import { answerError } from '../../../src/handlers/answer-error.ts';
import { Gateway } from '../../../src/handlers/gateway.ts';
import { requestHeader } from '../../../src/handlers/request-header.ts';
import type { NginxRequest } from '../../../src/nginx.ts';
import { fakeRequest } from '../../support/fake-request.ts';
import { refused } from '../../support/refusals.ts';

/** As the njs engine does for a header that is sent twice. */
function unreadable(message: string) {
  const headersIn = new Proxy(
    {},
    {
      get: () => {
        throw Object.assign(new Error(message), { name: 'InternalError' });
      },
    },
  );
  return Object.assign(fakeRequest({}), { headersIn }) as NginxRequest & {
    returned: readonly { status: number }[];
  };
}

test('bytes that are not UTF-8 are the fault of the client', () => {
  const r = unreadable('invalid UTF-8 string');
  expect(requestHeader(r, 'X-Token')).toBeNull();
  expect(() => new Gateway(r).header('X-Token')).toThrow(refused('invalid_jwt', 'header_encoding'));
  answerError(r);
  expect(r.returned[0]?.status).toBe(500);
});

test('another fault is not', () => {
  expect(() => requestHeader(unreadable('out of memory'), 'X-Token')).toThrow('out of memory');
});
