import { describe, expect, test, vi } from 'vitest';
import { isArray, isNumberText, isObject, member, parseJson } from '../../src/json.ts';
import { MAX_JSON_DEPTH } from '../../src/json-limits.ts';

describe('parseJson', () => {
  test.each(['null', 'true', '{}', '[]', '""', '{"a":[1,{"b":null}]}', ' \t\r\n{ } ', '"\\u0041"'])(
    'parses %s',
    (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    },
  );

  test.each(['0', '-0', '7', '10', '-12.50', '0.5', '1e5', '1E+5', '2.5e-3', '1e400'])(
    'takes the number %s',
    (number) => {
      expect(parseJson(`[${number},{"n":${number}}]`)).toEqual([
        Number(number),
        { n: Number(number) },
      ]);
    },
  );

  test.each([
    ...['', ' ', '{', '}', '{}{}', '{"a":1,}', '[1,]', "{'a':1}", '{a:1}', 'undefined', 'NaN'],
    ...['Infinity', '-Infinity', '// x\n{}', '{}/**/', '\ufeff{}', '\u00a0{}', '\f{}', '"a\nb"'],
    ...['"\\x41"', '"', '"\\"', '{"a":"b}', 'tru', '1 2', '{"a" 1}', ']', '[1}'],
  ])('refuses %j', (text) => {
    expect(parseJson(text)).toBeUndefined();
  });

  test('lets the last of several equal names count', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  test('makes __proto__ a member like any other', () => {
    const value = parseJson('{"__proto__":{"polluted":1}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe('parseJson without help from the parser', () => {
  /** As in the njs engine, whose parser takes numbers that are none. */
  async function withLaxParser() {
    const strict = JSON.parse;
    const parse = vi.spyOn(JSON, 'parse');
    parse.mockImplementation((text) => (/^\[[\d.+]+\]$/.test(text) ? [1] : strict(text)));
    vi.resetModules();
    const { parseJson } = await import('../../src/json.ts');
    // Tries the parser, and sees.
    parseJson('1');
    parse.mockReset().mockReturnValue(1);
    return { parseJson, parse };
  }

  test.each(['01', '-01', '08', '00', '1.', '.5', '-.5', '+1', '-', '1.e1', '1e', '1e+', '1.2.3'])(
    'refuses the number %s',
    async (number) => {
      const { parseJson, parse } = await withLaxParser();
      for (const text of [number, `[${number}]`, `{"exp":${number}}`, ` ${number} `]) {
        expect(parseJson(text)).toBeUndefined();
      }
      expect(parse).not.toHaveBeenCalled();
    },
  );

  test.each(['0', '-0', '7', '10', '100', '-12.50', '0.5', '1e5', '1E+5', '2.5e-3'])(
    'leaves the number %s to it',
    async (number) => {
      const { parseJson, parse } = await withLaxParser();
      const texts = [number, `[${number}]`, `[${number},${number}]`, `{"exp":${number}}`];
      for (const text of [...texts, ` ${number} `, `[ ${number} , 1 ]`]) {
        expect(parseJson(text)).toBe(1);
      }
      expect(parse).toHaveBeenCalledTimes(6);
    },
  );

  test.each(['[01,1]', '[1,00]', '[1,/]', '[1/1]', '{"a":-}', '[,01]'])(
    'refuses %s, wherever the number stands',
    async (text) => {
      const { parseJson } = await withLaxParser();
      expect(parseJson(text)).toBeUndefined();
    },
  );

  test('tells every number of up to six characters from what is none', async () => {
    const { parseJson } = await withLaxParser();
    const isWrong = (text: string) =>
      (parseJson(`[${text}]`) === undefined) === isNumberText(text) ||
      (parseJson(text) === undefined) === isNumberText(text);
    const wrong: string[] = [];
    const add = (text: string) => {
      wrong.push(...(text !== '' && isWrong(text) ? [text] : []));
      for (const character of text.length < 6 ? '019+-.eE' : '') {
        add(text + character);
      }
    };
    for (const first of '019+-.') {
      add(first);
    }
    expect(wrong).toEqual([]);
  });

  test('refuses a string that does not end', async () => {
    const { parseJson } = await withLaxParser();
    expect(parseJson('"abc')).toBeUndefined();
    expect(parseJson('{"a":"b\\"}')).toBeUndefined();
  });

  test('refuses what nests too deep before the parser sees it', () => {
    const parse = vi.spyOn(JSON, 'parse');
    expect(parseJson('['.repeat(100_000))).toBeUndefined();
    expect(parseJson('{"a":'.repeat(100_000))).toBeUndefined();
    expect(parse).not.toHaveBeenCalled();
  });
});

describe('depth', () => {
  test.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
    ['both', '[{"a":[', ']}]'],
  ])(`of ${MAX_JSON_DEPTH} is taken and one more is not: %s`, (_what, open, close) => {
    const levels = open.replace(/[^[{]/g, '').length;
    const nest = (depth: number) =>
      `${'['.repeat(depth % levels)}${open.repeat(depth / levels)}0${close.repeat(depth / levels)}${']'.repeat(depth % levels)}`;
    expect(parseJson(nest(MAX_JSON_DEPTH))).toBeDefined();
    expect(parseJson(nest(MAX_JSON_DEPTH + 1))).toBeUndefined();
  });

  test('is 24', () => {
    expect(MAX_JSON_DEPTH).toBe(24);
  });

  test('counts levels, not brackets', () => {
    expect(parseJson(`[${'[],{},'.repeat(1000)}0]`)).toHaveLength(2001);
  });

  test.each([
    ['brackets', '[[[[{{{{'.repeat(10)],
    ['quotes', '"[""{"'.repeat(20)],
    ['backslashes', '\\[\\\\{'.repeat(20)],
    ['a backslash before the closing quote', '[['.repeat(30).concat('\\')],
    ['numbers that are none', '01 +1 .5'],
  ])('does not count what stands in a string: %s', (_what, content) => {
    expect(parseJson(JSON.stringify({ [content]: [content] }))).toEqual({ [content]: [content] });
  });

  test('counts on after a string that ends in backslashes', () => {
    expect(parseJson(`["\\\\",${'['.repeat(24)}${']'.repeat(24)}]`)).toBeUndefined();
    expect(parseJson(`["\\"[",${'['.repeat(23)}${']'.repeat(23)}]`)).toBeDefined();
  });
});

describe('time', () => {
  test.each([
    ['escaped quotes', `"${'\\"'.repeat(500_000)}"`],
    ['backslashes', `"${'\\\\'.repeat(500_000)}"`],
    ['backslashes that never end', `"${'\\'.repeat(1_000_001)}"`],
    ['short strings', `[${'"",'.repeat(300_000)}0]`],
    ['digits', '1'.repeat(1_000_000)],
    ['exponents', `[${'1e1,'.repeat(250_000)}0]`],
    ['points', '1'.concat('.'.repeat(1_000_000))],
    ['quotes that open and close', '"'.repeat(1_000_000)],
  ])('grows no faster than the text: a million characters of %s', (_what, text) => {
    const start = process.cpuUsage();
    parseJson(text);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(2000);
  });
});

describe('member', () => {
  test('finds own members only', () => {
    const object = parseJson('{"a":1,"hasOwnProperty":2,"__proto__":3}');
    expect.assert(isObject(object));
    expect(member(object, 'a')).toBe(1);
    expect(member(object, 'hasOwnProperty')).toBe(2);
    expect(member(object, '__proto__')).toBe(3);
  });

  test.each(['toString', 'constructor', '__proto__', 'valueOf', 'b'])(
    'does not find %s',
    (name) => {
      expect(member({ a: 1 }, name)).toBeUndefined();
    },
  );
});

test.each([
  [{}, true, false],
  [[], false, true],
  [null, false, false],
  ['{}', false, false],
  [1, false, false],
  [true, false, false],
  [undefined, false, false],
])('%j is an object: %s, an array: %s', (value, object, array) => {
  expect(isObject(value)).toBe(object);
  expect(isArray(value)).toBe(array);
});
