// JSON texts as an issuer may write them, and what they say exactly: a reference that never makes a number of one.

import fc from 'fast-check';

/** A number in any form that JSON has, most of which no double holds. */
export const NUMBER_TEXT = fc.oneof(
  fc.constantFrom(
    ...[
      '0',
      '-0',
      '1',
      '9007199254740991',
      '9007199254740992',
      '9007199254740993',
      '1e400',
      '1e-400',
    ],
    ...[
      '-9007199254740993',
      '0.1000000000000000055',
      '0.1',
      '1e21',
      '1e23',
      '0.4312',
      '1e-7',
      '5e-324',
    ],
    ...[
      '1000000000000000000000',
      '12345678901234567890',
      '1.7976931348623157e308',
      '1E+5',
      '0.0',
      '1.50',
    ],
    ...[
      '0.00000000000000000001',
      '1700000000.1234567',
      '6.02214076e23',
      '-1.5',
      '0e999',
      '10.0e-1',
    ],
  ),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,24}$/)),
      fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,24}$/)),
      fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?[0-9]{1,3}$/)),
    )
    .map((parts) => parts.join('')),
);

/** A string, with escapes as they come: halves of characters, too, and what looks like one. */
export const STRING_TEXT = fc
  .array(
    fc.constantFrom(
      ...[
        'a',
        'Z',
        '9',
        ' ',
        ',',
        'é',
        '日',
        '😀',
        '\u00a0',
        '\u2003',
        '\ufffd',
        '\ufeff',
        '\u007f',
      ],
      ...['\\ud800', '\\uDBFF', '\\udc00', '\\uDFFF', '\\ud83d\\ude00', '\\\\', '\\\\ud800', '\\"'],
      ...[
        '\\n',
        '\\u0000',
        '\\u0020',
        '\\u00e9',
        '\\/',
        '\\ufffd',
        'ud800',
        '\\u0061',
        '12345678901234567',
      ],
    ),
    { maxLength: 6 },
  )
  .map((parts) => `"${parts.join('')}"`);

const LEAF = fc.oneof(NUMBER_TEXT, STRING_TEXT, fc.constantFrom('true', 'false', 'null'));

/** A value: a number, a string, or some of them in arrays and objects. */
export const VALUE_TEXT = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { weight: 5, arbitrary: LEAF },
    {
      weight: 1,
      arbitrary: fc.array(LEAF, { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(tie('value'), { maxLength: 3 })
        .map((items) => `[ ${items.join(' , ')} ]`),
    },
    {
      weight: 1,
      arbitrary: fc
        .uniqueArray(fc.tuple(STRING_TEXT, tie('value')), {
          maxLength: 3,
          selector: ([name]) => JSON.parse(name),
        })
        // Engines put names that are numbers in front.
        .map(
          (members) => `{${members.map(([name, item]) => `"n${name.slice(1)}:${item}`).join()}}`,
        ),
    },
  ),
})).value;

const TOKENS = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[[\]{}:,]|true|false|null/g;

/**
 * Writes a JSON text in one form: two texts have the same form if, and only if, they say the same.
 *
 * @param text valid JSON
 */
export function exactly(text: string): string {
  return (text.match(TOKENS) ?? [])
    .map((token) => {
      if (token.startsWith('"')) {
        return JSON.stringify(JSON.parse(token));
      }
      return /^[-0-9]/.test(token) ? exactNumber(token) : token;
    })
    .join('');
}

/**
 * Writes a number in one form: its significant digits, and what power of ten they stand for.
 *
 * @param text a JSON number
 */
export function exactNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return significant === '' ? '0' : `${sign}${significant}e${power}`;
}

/**
 * What an HTTP parser gives back where a header carries a text: the text, or nothing.
 *
 * @param text any text
 */
export function carried(text: string): string {
  return /[\p{Cc}\p{Cs}]/u.test(text.replace(/[\u0080-\u009f]/g, '')) || text.trim() !== text
    ? ''
    : text;
}
