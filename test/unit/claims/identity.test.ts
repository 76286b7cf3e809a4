import { describe, expect, test } from 'vitest';
import {
  checkAudience,
  checkIssuer,
  checkType,
  normaliseType,
} from '../../../src/claims/identity.ts';
import type { JsonObject } from '../../../src/json.ts';
import { refused } from '../../support/refusals.ts';
import { rows } from '../../support/rows.ts';

const ISSUER = 'https://idp.example.com/';

/** Values that are no text, or not the text that is wanted, whatever they look like. */
const notText = (text: string) => [undefined, null, 1, true, {}, [], [[text]], { 0: text }];

describe('iss', () => {
  const check = (iss: unknown, issuers: readonly string[] | 'any' = [ISSUER]) =>
    checkIssuer((iss === undefined ? {} : { iss }) as JsonObject, issuers);

  test('is one of those that are accepted', () => {
    expect(() => check(ISSUER)).not.toThrow();
    expect(() => check(ISSUER, ['https://other/', ISSUER])).not.toThrow();
  });

  test.each(
    rows([
      ...notText(ISSUER),
      ...[
        '',
        [ISSUER],
        ISSUER.slice(0, -1),
        `${ISSUER}x`,
        `x${ISSUER}`,
        ` ${ISSUER}`,
        `${ISSUER}\0`,
      ],
      ...[ISSUER.toUpperCase(), ISSUER.replace('https', 'http'), 'https://idp.example.com.evil/'],
      ...['https://other/', 'any', '*', '.*', 'length', '0'],
    ]),
  )('is refused where it is $value', ({ value: iss }) => {
    expect(() => check(iss)).toThrow(refused('bad_issuer', 'iss'));
  });

  test.each([undefined, 'https://evil/', 1, null])(
    'is not looked at where any will do: %j',
    (iss) => {
      expect(() => check(iss, 'any')).not.toThrow();
    },
  );

  test('of the prototype does not count', () => {
    expect(() => checkIssuer(JSON.parse(`{"__proto__":{"iss":"${ISSUER}"}}`), [ISSUER])).toThrow(
      refused('bad_issuer', 'iss'),
    );
  });

  test('is never accepted where nothing is', () => {
    expect(() => check(ISSUER, [])).toThrow(refused('bad_issuer', 'iss'));
  });
});

describe('aud', () => {
  const check = (aud: unknown, audiences: readonly string[] = ['orders']) =>
    checkAudience((aud === undefined ? {} : { aud }) as JsonObject, audiences);

  test.each(rows(['orders', ['orders'], ['billing', 'orders'], [1, null, ['orders'], 'orders']]))(
    'has one of those that are accepted: $value',
    ({ value: aud }) => {
      expect(() => check(aud)).not.toThrow();
      expect(() => check(aud, ['web', 'orders'])).not.toThrow();
    },
  );

  test.each(
    rows([
      ...notText('orders'),
      ...[
        '',
        'order',
        'orders2',
        'ORDERS',
        ' orders',
        'orders ',
        'orders/',
        '*',
        'o.*',
        'billing orders',
      ],
      ...['billing,orders', 'length', '0'],
      ...[['billing'], [''], [null], ['orders '], [{ aud: 'orders' }]],
    ]),
  )('is refused where it is $value', ({ value: aud }) => {
    expect(() => check(aud)).toThrow(refused('bad_audience', 'aud'));
  });

  test.each(rows([undefined, 'x', 1, null, []]))(
    'is not looked at where none is asked for: $value',
    ({ value: aud }) => {
      expect(() => check(aud, [])).not.toThrow();
    },
  );
});

describe('typ', () => {
  const check = (typ: unknown, types: readonly string[] = ['at+jwt']) =>
    checkType((typ === undefined ? {} : { typ }) as JsonObject, types);

  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])(
    'may be %s',
    (typ) => {
      expect(() => check(typ)).not.toThrow();
      expect(() => check(typ, ['jwt', 'at+jwt'])).not.toThrow();
    },
  );

  test.each(
    rows([
      ...notText('at+jwt'),
      ...['', 'JWT', 'at+jwtx', 'xat+jwt', 'at jwt', ' at+jwt', 'text/at+jwt', 'id+jwt'],
      ...['application/application/at+jwt', 'application/'],
    ]),
  )('is refused where it is $value', ({ value: typ }) => {
    expect(() => check(typ)).toThrow(refused('bad_claim', 'typ'));
  });

  test.each([undefined, 'anything', 1])('is not looked at where none is asked for: %j', (typ) => {
    expect(() => check(typ, [])).not.toThrow();
  });
});

test.each([
  ['JWT', 'jwt'],
  ['application/at+jwt', 'at+jwt'],
  ['application/a/b', 'application/a/b'],
  ['Application/A/b', 'application/a/b'],
  ['APPLICATION/AT+JWT', 'at+jwt'],
  ['text/jwt', 'text/jwt'],
  ['', ''],
])('the type %j is normalised to %j', (typ, normalised) => {
  expect(normaliseType(typ)).toBe(normalised);
});
