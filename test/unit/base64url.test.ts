import { describe, expect, test } from 'vitest';
import { decodeBase64url, decodeUtf8 } from '../../src/base64url.ts';

describe('decodeBase64url', () => {
  test.each([
    ['', ''],
    ['Zg', 'f'],
    ['Zm8', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYmFy', 'foobar'],
  ])('decodes %j of RFC 4648 to %j', (text, plain) => {
    expect(decodeBase64url(text)?.toString()).toBe(plain);
  });

  test('decodes the two characters that base64 has otherwise', () => {
    expect(decodeBase64url('-_-_')).toEqual(Buffer.from([0xfb, 0xff, 0xbf]));
  });

  test('gives back what was encoded, whatever the length', () => {
    for (let length = 0; length < 70; length += 1) {
      const bytes = Buffer.from(Array.from({ length }, (_none, at) => (at * 151 + length) % 256));
      expect(decodeBase64url(bytes.toString('base64url'))).toEqual(bytes);
    }
  });

  test.each([
    ['padding', 'Zg=='],
    ['padding alone', '='],
    ['the alphabet of base64', '+/+/'],
    ['a bit that stands for nothing', 'Zh'],
    ['two bits that stand for nothing', 'Zm9'],
    ['a length of one more than a multiple of four', 'Zm9vY'],
    ['a single character', 'Z'],
    ['a space before', ' Zm9v'],
    ['a space after', 'Zm9v '],
    ['a line break inside', 'Zm\n9v'],
    ['a tab', 'Zm9v\t'],
    ['NUL', 'Zm9v\0'],
    ['a foreign character inside', 'Zm!9v'],
    ['a foreign character at the end', 'Zm9v!'],
    ['a dot', 'Zm.9v'],
    ['a percent escape', 'Zm9v%3D'],
    ['a full-width letter', 'Ｚm9v'],
    ['text outside of ASCII', 'Zm9v中'],
  ])('refuses %s', (_what, text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });

  test('knows one text only for some bytes', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const decoded = [...alphabet].map((last) => decodeBase64url(`Z${last}`));
    expect(decoded.filter((bytes) => bytes !== undefined)).toHaveLength(4);
  });
});

describe('decodeUtf8', () => {
  test.each(['', 'plain', 'ü', '日本', '😀', 'a\0b'])('decodes %j', (text) => {
    expect(decodeUtf8(Buffer.from(text))).toBe(text);
  });

  test('keeps a byte order mark, for the JSON parser to refuse', () => {
    expect(decodeUtf8(Buffer.from([0xef, 0xbb, 0xbf, 0x7b]))).toBe('\ufeff{');
  });

  test.each([
    ['a byte that UTF-8 does not have', [0xff]],
    ['a lone continuation byte', [0x80]],
    ['a truncated sequence', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('refuses %s', (_what, bytes) => {
    expect(decodeUtf8(Buffer.from(bytes))).toBeUndefined();
  });
});
