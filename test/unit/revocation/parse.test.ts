import { describe, expect, test } from 'vitest';
import {
  MAX_REVOCATIONS,
  MAX_REVOCATIONS_LENGTH,
  parseRevocations,
} from '../../../src/revocation/parse.ts';
import { makeTable, type Revocation } from '../../../src/revocation/table.ts';
import { explained } from '../../support/refusals.ts';

const parse = (list: unknown) =>
  parseRevocations(typeof list === 'string' ? list : JSON.stringify(list), 'the source');

const tableOf = (...revocations: Revocation[]) => ({ table: makeTable(revocations) });

test('texts are names of tokens, and objects say what they name', () => {
  expect(
    parse(['a', { jti: 'b' }, { sub: 'c' }, { sub: 'd', issued_before: 5 }, { kid: 'e' }]),
  ).toEqual(
    tableOf(
      { kind: 'jti', value: 'a' },
      { kind: 'jti', value: 'b' },
      { kind: 'sub', value: 'c' },
      { kind: 'sub', value: 'd', issuedBefore: 5 },
      { kind: 'kid', value: 'e' },
    ),
  );
});

test('an empty list is one', () => {
  expect(parse([])).toEqual(tableOf());
});

test('other members are passed over', () => {
  expect(parse([{ jti: 'a', reason: 'lost', at: 5 }])).toEqual(
    tableOf({ kind: 'jti', value: 'a' }),
  );
});

test('a name that is one of Object.prototype is a name like others', () => {
  expect(parse('["__proto__", {"sub": "toString"}]')).toEqual(
    tableOf({ kind: 'jti', value: '__proto__' }, { kind: 'sub', value: 'toString' }),
  );
});

describe('one entry that is not understood spoils the list', () => {
  test.each([
    [{}],
    [{ JTI: 'x' }],
    [{ jti: '' }],
    [{ jti: 5 }],
    [{ jti: ['x'] }],
    [{ jti: 'x', sub: 'y' }],
    [{ jti: 'x', kid: 'y' }],
    [{ jti: 'x', issued_before: 5 }],
    [{ kid: 'x', issued_before: 5 }],
    [{ sub: 'x', issued_before: '5' }],
    [{ sub: 'x', issued_before: null }],
    [''],
    [5],
    [null],
    [true],
    [['x']],
  ])('%j', (entry) => {
    expect(() => parse(['good', entry])).toThrow(
      explained('cannot_parse', 'revocation', expect.stringContaining('number 2')),
    );
  });

  test('and one whose time is no finite number', () => {
    expect(() => parse('[{"sub": "x", "issued_before": 1e400}]')).toThrow(
      explained('cannot_parse', 'revocation', expect.stringContaining('number 1')),
    );
  });
});

test.each(['', '{}', '{"keys": []}', 'null', '"x"', '["x"', '<html>', '["x"] x', '\ufeff["x"]'])(
  '%j is no list',
  (text) => {
    expect(() => parse(text)).toThrow(
      explained('cannot_parse', 'revocation', 'the revocation list of the source is no JSON array'),
    );
  },
);

test('there are limits', () => {
  expect(parse(Array.from({ length: MAX_REVOCATIONS }, () => 'x'))).toEqual(
    tableOf({ kind: 'jti', value: 'x' }),
  );
  expect(() => parse(Array.from({ length: MAX_REVOCATIONS + 1 }, () => 'x'))).toThrow(
    explained('cannot_parse', 'revocation', expect.stringContaining('more than 10000 entries')),
  );
  const padding = (length: number) => `["x"${' '.repeat(length - 5)}]`;
  expect(parse(padding(MAX_REVOCATIONS_LENGTH))).toEqual(tableOf({ kind: 'jti', value: 'x' }));
  expect(() => parse(padding(MAX_REVOCATIONS_LENGTH + 1))).toThrow(
    explained('cannot_parse', 'revocation', expect.stringContaining('longer than 1048576')),
  );
});
