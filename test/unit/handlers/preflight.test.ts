import { expect, test } from 'vitest';
import { isPreflight } from '../../../src/handlers/preflight.ts';
import { fakeRequest } from '../../support/fake-request.ts';

const ORIGIN = { Origin: 'https://app.example.com' };
const METHOD = { 'Access-Control-Request-Method': 'PUT' };

function ask(method: string, headers: Record<string, string>): boolean {
  const r = fakeRequest({ headers, variables: { request_method: method } });
  return isPreflight({
    header: (name) => r.headersIn[name],
    variable: (name) => r.variables[name],
  });
}

test('a browser asks with OPTIONS, its origin and the method it wants', () => {
  expect(ask('OPTIONS', { ...ORIGIN, ...METHOD })).toBe(true);
});

test.each<[string, string, Record<string, string>]>([
  ['OPTIONS alone', 'OPTIONS', {}],
  ['without an origin', 'OPTIONS', METHOD],
  ['without a method', 'OPTIONS', ORIGIN],
  ['with an empty origin', 'OPTIONS', { ...METHOD, Origin: '' }],
  ['with an empty method', 'OPTIONS', { ...ORIGIN, 'Access-Control-Request-Method': '' }],
  ['another method', 'GET', { ...ORIGIN, ...METHOD }],
  ['another case', 'options', { ...ORIGIN, ...METHOD }],
])('nothing else is one: %s', (_what, method, headers) => {
  expect(ask(method, headers)).toBe(false);
});
