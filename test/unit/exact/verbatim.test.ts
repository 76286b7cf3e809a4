import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { toHeaderValue } from '../../../src/answer/header-value.ts';
import { RawJson } from '../../../src/exact/raw-json.ts';
import { parseKnownVerbatim, parseVerbatim, writeJson } from '../../../src/exact/verbatim.ts';
import type { Json, JsonObject } from '../../../src/json.ts';
import { carried, exactly, exactNumber, VALUE_TEXT } from '../../support/exact-json.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.resetModules();
});

const parse = (text: string) => parseVerbatim(text) as Json;

describe.each([
  ['an engine like QuickJS', () => undefined],
  ['an engine like njs, whose parser makes U+FFFD of half a character', likeNjs],
  ['an engine like njs 0.8.9, which prints some numbers wrong', likeOldNjs],
])('in %s', (_what, imitate) => {
  async function load() {
    imitate();
    return await import('../../../src/exact/verbatim.ts');
  }

  test('JSON is written as it was read: no value becomes another', async () => {
    const { parseVerbatim, parseKnownVerbatim, writeJson } = await load();
    fc.assert(
      fc.property(VALUE_TEXT, (text) => {
        expect(exactly(writeJson(parseVerbatim(text) as Json))).toBe(exactly(text));
        expect(exactly(writeJson(parseKnownVerbatim(`{"a":${text}}`)))).toBe(
          exactly(`{"a":${text}}`),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

/** As far as halves go; a reviver is not needed. */
function likeNjs(): void {
  const strict = JSON.parse;
  vi.spyOn(JSON, 'parse').mockImplementation((text) => wellFormed(strict(text)));
}

function likeOldNjs(): void {
  likeNjs();
  const print = String;
  vi.stubGlobal(
    'String',
    Object.assign((value: unknown) => (value === 0.4312 ? '0.43119999999999997' : print(value)), {
      fromCharCode: print.fromCharCode,
      prototype: print.prototype,
    }),
  );
  const stringify = JSON.stringify;
  vi.spyOn(JSON, 'stringify').mockImplementation((value) =>
    stringify(value).replace(/(?<![0-9])0\.4312(?![0-9"])/g, '0.43119999999999997'),
  );
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') {
    return Buffer.from(value).toString();
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const changed = Object.entries(value).map(([name, item]) => [
    Buffer.from(name).toString(),
    wellFormed(item),
  ]);
  return Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed);
}

test('a header carries the claim, or nothing', () => {
  fc.assert(
    fc.property(VALUE_TEXT, (text) => {
      const header = toHeaderValue(parse(text));
      if (text.startsWith('"')) {
        expect(header).toBe(carried(JSON.parse(text)));
      } else if (/^[-0-9]/.test(text)) {
        expect(exactNumber(header)).toBe(exactNumber(text));
      } else if (text.startsWith('{')) {
        expect(exactly(header)).toBe(exactly(text));
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ...['9007199254740992', '9007199254740993', '-9007199254740993', '12345678901234567890'],
  ...['0.1000000000000000055', '1e400', '-1e400', '1e-400', '1000000000000000000000'],
  ...['99999999999e301', '12345678901e300', '0.00000001e-305', '0.1e-310'],
  ...['123456789012345678.5e3', '9007199254740991.5', '1.5e308', '1e-320', '1.0000000000000000001'],
])('the number %s keeps its digits', (text) => {
  for (const value of [parse(text), (parse(`{"a":[${text}]}`) as { a: Json[] }).a[0]]) {
    expect(value).toBeInstanceOf(RawJson);
    expect(toHeaderValue(value)).toBe(text);
  }
  expect(toHeaderValue(parse(`[1,${text},"a"]`))).toBe(`1,${text},a`);
  expect(toHeaderValue(parse(`[{"b":${text}}]`))).toBe(`{"b":${text}}`);
});

test.each([
  ...['0', '-1.5', '9007199254740991', '1e21', '1e300', '1.234567e-301', '0.123456789012345'],
  ...['100000000000000000', '1.500000000000000000000', '0.000000000000000000000', '0e999'],
])('the number %s is one that JavaScript holds', (text) => {
  expect(parse(text)).toBe(Number(text));
  expect(parse(`{"a":${text}}`)).toEqual({ a: Number(text) });
});

test.each([
  ...[
    '"\\ud800"',
    '"a\\uDFFF"',
    '"\\ud83d\\ud83d\\ude00"',
    '"\\\\ud83d\\ude00"',
    '"\\udc00\\ud800"',
  ],
  '"\\ud83d\\\\ude00"',
])('%s has half a character', (text) => {
  expect(parse(text)).toBeInstanceOf(RawJson);
  expect(toHeaderValue(parse(text))).toBe('');
  expect(toHeaderValue(parse(`["a",${text}]`))).toBe('');
  expect(writeJson(parse(`{"a":${text}}`))).toBe(`{"a":${text}}`);
});

test.each(['"\\\\ud800"', '"\\ud83d\\ude00"', '"\\uD83D\\uDE00x"', '"\\\\\\\\udfff"', '"\\ufffd"'])(
  '%s has none',
  (text) => {
    expect(parse(text)).toBe(JSON.parse(text));
  },
);

test('names with different halves stay different, and __proto__ is a member like any other', () => {
  const text = '{"\\ud800":1,"\\ud801":2,"\\ufffd":3,"__proto__":9007199254740993}';
  const value = parse(text) as JsonObject;
  expect(Object.keys(value)).toHaveLength(4);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(writeJson(value)).toBe(text.replace('\\ufffd', '\ufffd'));
});

test.each([
  '\\u0000',
  '\\u00000.5:1',
  '\\u0000\\"',
  '\\"\\u0000',
  '\\u0000"],"admin":[true'.replace('"]', '\\"]').replace('"a', '\\"a').replace('n"', 'n\\"'),
])('no text can pass for a mark: %s', (content) => {
  const text = `{"a":"${content}","b":9007199254740993,"${content}":"\\ud800"}`;
  expect(exactly(writeJson(parse(text)))).toBe(exactly(text));
  expect(exactly(writeJson(parse(`["${content}"]`)))).toBe(exactly(`["${content}"]`));
});

test.each([
  '01234567890123456',
  '1234567890123456.',
  '{12345678901234567:1}',
  '[1e400,]',
  '"\\ud800',
])('what is not JSON stays so: %s', (text) => {
  expect(parseVerbatim(text)).toBeUndefined();
});

test('JSON.stringify gives what an ordinary parser would have made of it', () => {
  expect(JSON.stringify(parse('{"a":9007199254740993,"b":"\\ud800"}'))).toBe(
    '{"a":9007199254740992,"b":"\\ud800"}',
  );
  expect(parseKnownVerbatim('{"a":1}')).toEqual({ a: 1 });
});

test.each(['{"n":1.5,"a', '[0.1,"\\', '{"a":1.5,"b":"\\ud800'])(
  'a text that is no JSON after all is refused, and not read for ever: %s',
  (text) => {
    expect(() => parseKnownVerbatim(text)).toThrow(SyntaxError);
  },
);
