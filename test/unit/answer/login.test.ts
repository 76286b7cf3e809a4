import { describe, expect, test } from 'vitest';
import { loginUrl } from '../../../src/answer/login.ts';
import { type NoAuthReason, reasons } from '../../../src/reasons.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

const ASKED = {
  auth_jwt_login_url: 'https://login.example.com/start',
  request_method: 'GET',
  request_uri: '/orders?page=2&sort=a%20b',
};

const login = (asked: object = {}, reason: NoAuthReason = 'empty_token', accept = BROWSER) =>
  loginUrl(reason, { ...ASKED, ...asked }, accept);

test('a browser is sent to log in, with the way back', () => {
  expect(login()).toBe(
    `https://login.example.com/start?return_url=${encodeURIComponent(ASKED.request_uri)}`,
  );
});

test('the way back is added to arguments that there are', () => {
  expect(login({ auth_jwt_login_url: ' /login?app=x ', request_uri: '/' })).toBe(
    '/login?app=x&return_url=%2F',
  );
});

test('the way back of more than 4096 characters is the path alone', () => {
  const uri = (length: number) => `/orders?${'a'.repeat(length - '/orders?'.length)}`;
  expect(login({ request_uri: uri(4096) })).toContain(encodeURIComponent(uri(4096)));
  expect(login({ request_uri: uri(4097) })).toMatch(/return_url=%2Forders$/);
});

test.each(Object.entries(reasons()))(
  '%s: only a 401 can be mended that way',
  (reason, { status }) => {
    expect(login({}, reason as NoAuthReason) !== '').toBe(status === 401);
  },
);

test.each([
  ['', false],
  ['*/*', false],
  ['application/json', false],
  ['application/json, text/html;q=0.9', false],
  ['text/html;q=0', false],
  ['text/html', true],
  ['text/html, application/json', true],
  ['TEXT/HTML;q=0.1', true],
])('Accept: %j', (accept, isSent) => {
  expect(login({}, 'empty_token', accept) !== '').toBe(isSent);
});

test.each(['POST', 'PUT', 'OPTIONS', 'get', '', undefined])(
  'a %s is not made again by a link',
  (request_method) => {
    expect(login({ request_method })).toBe('');
  },
);

test.each([undefined, '', ' '])('nobody is sent nowhere: %j', (auth_jwt_login_url) => {
  expect(login({ auth_jwt_login_url })).toBe('');
});

describe('the way back', () => {
  const back = (asked: object) =>
    decodeURIComponent(login(asked).replace('https://login.example.com/start?return_url=', ''));

  test.each([
    ['//evil.example/x', '/'],
    ['/\\evil.example/x', '/'],
    ['https://evil.example/', '/'],
    ['', '/'],
    ['/x//evil.example/', '/x//evil.example/'],
    ['/?next=//evil.example/', '/?next=//evil.example/'],
    ['/a?', '/a?'],
    ['/a&b#c', '/a&b#c'],
    ['/\ud800', '/'],
  ])('stays on this server: %j', (request_uri, expected) => {
    expect(back({ request_uri })).toBe(expected);
  });

  test('has no token in it', () => {
    const auth_jwt_token_from = 'header:Authorization query:token  query:access_token';
    const uris = [
      '/a?token=S',
      '/a?x=1&token=S&y',
      '/a?token',
      '/a?access_token=S&token=S&z=token',
    ];
    expect(uris.map((request_uri) => back({ request_uri, auth_jwt_token_from }))).toEqual([
      '/a',
      '/a?x=1&y',
      '/a',
      '/a?z=token',
    ]);
  });
});
