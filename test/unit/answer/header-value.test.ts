import { describe, expect, test, vi } from 'vitest';
import { toHeaderJson, toHeaderValue } from '../../../src/answer/header-value.ts';
import type { Json } from '../../../src/json.ts';
import { readVectors } from '../../support/vectors.ts';

/** Every character that could end a header, or hide something in a log. */
const CONTROL = [...Array(32).keys(), 127].map((code) => String.fromCharCode(code));

describe('toHeaderValue', () => {
  test.each<[Json | undefined, string]>([
    ['alice', 'alice'],
    ['', ''],
    ['a b, "c" \\', 'a b, "c" \\'],
    ['Jürgen 日本 😀', 'Jürgen 日本 😀'],
    [0, '0'],
    [-1.5, '-1.5'],
    [1700000000, '1700000000'],
    [true, 'true'],
    [false, 'false'],
    [null, ''],
    [undefined, ''],
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a,b'],
    [['a', 1, true, null, { b: 'ü' }, ['c', 'd']], 'a,1,true,,{"b":"\\u00fc"},["c","d"]'],
    [[1, -2.5, true, false], '1,-2.5,true,false'],
    [[null, null], ','],
    [['a', null, 'b'], 'a,,b'],
    [[{}, [], 1, true], '{},[],1,true'],
    [[{ a: 'ü' }, [['ü']]], '{"a":"\\u00fc"},[["\\u00fc"]]'],
    [['ü', { a: 'ü' }], 'ü,{"a":"\\u00fc"}'],
    [[{}, null], '{},'],
    [[{}, 'a'], '{},a'],
    [[Infinity, 1, -Infinity], ',1,'],
    [[{}, Infinity, -Infinity], '{},,'],
    [['a', Infinity, null], 'a,,'],
    [[1, -Infinity], '1,'],
    [[Infinity, 1], ',1'],
    [[-Infinity], ''],
    [[Infinity], ''],
    [[{}, -Infinity], '{},'],
    [Infinity, ''],
    [-Infinity, ''],
    [{}, '{}'],
    [{ a: [1, { b: null }] }, '{"a":[1,{"b":null}]}'],
  ])('writes %j as %j', (value, text) => {
    expect(toHeaderValue(value)).toBe(text);
  });

  test.each(CONTROL)('writes nothing of a text with %j', (character) => {
    expect(toHeaderValue(`alice${character}X-Injected: 1`)).toBe('');
    expect(toHeaderValue(['alice', `bob${character}`])).toBe('');
  });

  test.each(['\ud800', 'a\udfffb', '\udc00\ud800', ['a', 'ü\ud83d'], ['\ude00', {}]])(
    'writes nothing of a text with half a character: %j',
    (value) => {
      expect(toHeaderValue(value)).toBe('');
    },
  );

  test.each([
    ' admin',
    'admin ',
    ' ',
    'admin\u00a0',
    '\u2003admin',
    '\ufeffadmin',
    [' a', 'b'],
    ['a', 'b '],
  ])('writes nothing of a text with white space at either end: %j', (value) => {
    expect(toHeaderValue(value)).toBe('');
  });

  test('leaves white space within a text', () => {
    expect(toHeaderValue(['a b ', ' c'])).toBe('a b , c');
  });

  test.each(CONTROL)('escapes %j in an object', (character) => {
    const text = toHeaderValue({ [character]: character });
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(text)).toEqual({ [character]: character });
  });

  test.each(readVectors('attacks').flatMap(({ forward }) => (forward ? [forward] : [])))(
    'lets no control character of a vector through: $value',
    ({ value }) => {
      const text = toHeaderValue(value as Json);
      expect(CONTROL.filter((character) => text.includes(character))).toEqual([]);
    },
  );
});

describe('toHeaderJson', () => {
  test.each(['ü', '日本', '😀', '\u2028', '\u0080', '\ud800', '\0', '\x7f', '"', '\\'])(
    'writes %j in printable ASCII, and JSON gives it back',
    (text) => {
      const json = toHeaderJson({ [text]: text });
      expect(json).toMatch(/^[\x20-\x7e]+$/);
      expect(JSON.parse(json)).toEqual({ [text]: text });
    },
  );

  test.each([63, 64, 65, 128, 129, 1000])(
    'finds what wants escaping in %d characters',
    (length) => {
      for (const at of [0, 1, length >> 1, length - 1]) {
        const text = `${'x'.repeat(at)}é${'x'.repeat(length - at - 1)}`;
        expect(toHeaderJson([text])).toBe(JSON.stringify([text]).replace('é', '\\u00e9'));
        expect(toHeaderJson([`${text}😀`])).toBe(
          JSON.stringify([`${text}😀`])
            .replace('é', '\\u00e9')
            .replace('😀', '\\ud83d\\ude00'),
        );
      }
    },
  );

  test.each([
    [0x10000, '\\ud800\\udc00'],
    [0x1f600, '\\ud83d\\ude00'],
    [0x10ffff, '\\udbff\\udfff'],
    [0xffff, '\\uffff'],
  ])('writes two where the engine counts characters whole, as njs does: %i', (code, escaped) => {
    const text = { length: 1, charCodeAt: () => code, slice: () => '' };
    vi.spyOn(JSON, 'stringify').mockReturnValueOnce(
      Object.assign(text, { toString: () => 'é' }) as unknown as string,
    );
    expect(toHeaderJson({})).toBe(escaped);
  });

  test('leaves what is printable', () => {
    expect(toHeaderJson({ a: ' !}~\x7f\x80é\uffff ' })).toBe(
      '{"a":" !}~\\u007f\\u0080\\u00e9\\uffff "}',
    );
  });

  test('is not led astray by a claim toJSON', () => {
    expect(toHeaderJson({ toJSON: 'x', sub: 'a' })).toBe('{"toJSON":"x","sub":"a"}');
  });
});
