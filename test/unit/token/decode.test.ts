import { describe, expect, test } from 'vitest';
import {
  decodeKnownToken,
  decodeToken,
  MAX_TOKEN_LENGTH,
  parseClaims,
  peekToken,
  type Token,
  type UnverifiedToken,
} from '../../../src/token/decode.ts';
import { refused } from '../../support/refusals.ts';
import { rows } from '../../support/rows.ts';
import { encodePart, forge, parseToken } from '../../support/tokens.ts';

const HEADER = { alg: 'ES256', kid: 'key-1' };

describe('a well-formed token', () => {
  test('is taken apart', () => {
    const compact = forge({ ...HEADER, typ: 'JWT' }, { sub: 'alice' }, 'signature');
    expect(decodeToken(compact)).toEqual({
      header: { alg: 'ES256', kid: 'key-1', typ: 'JWT' },
      alg: 'ES256',
      kid: 'key-1',
      hasPlainHeader: true,
      payload: Buffer.from('{"sub":"alice"}'),
      signature: Buffer.from('signature'),
      signingInput: compact.slice(0, compact.lastIndexOf('.')),
    });
  });

  test('may do without kid', () => {
    expect(decodeToken(forge({ alg: 'ES256' })).kid).toBeUndefined();
  });

  test('may be without signature: that is for the algorithm to refuse', () => {
    expect(decodeToken(forge(HEADER, {}, '')).signature).toHaveLength(0);
  });

  test.each(rows([undefined, null, 1, true, ['ES256'], { alg: 'ES256' }]))(
    'has no algorithm where alg is $value',
    ({ value: alg }) => {
      expect(decodeToken(forge({ alg })).alg).toBe('');
    },
  );

  test('has no algorithm where alg stands in the prototype', () => {
    expect(decodeToken(forge('{"__proto__":{"alg":"ES256","kid":"k"}}'))).toMatchObject({
      alg: '',
      kid: undefined,
    });
  });

  test('may have header parameters that nobody knows, and keys, which are left alone', () => {
    const header = { ...HEADER, jku: 'https://evil.example/', jwk: { kty: 'oct' }, x: [1] };
    expect(decodeToken(forge(header)).header).toEqual(header);
  });

  test('may say b64: true, which is the default', () => {
    expect(decodeToken(forge({ ...HEADER, b64: true })).header).toHaveProperty('b64', true);
  });
});

describe('parts', () => {
  test.each(['', '.', 'a', 'a.b', 'a.b.c.d', 'a.b.c.', '.a.b.c', 'a.b.c.d.e', '....'])(
    'are three: not %j',
    (compact) => {
      expect(() => decodeToken(compact)).toThrow(refused('invalid_jwt', 'parts'));
    },
  );

  test.each([
    ['header', `${encodePart(HEADER)}=.${encodePart({})}.c2ln`],
    ['payload', `${encodePart(HEADER)}.${encodePart({})}=.c2ln`],
    ['signature', `${encodePart(HEADER)}.${encodePart({})}.c2ln=`],
    ['signature, with a stray bit', `${encodePart(HEADER)}.${encodePart({})}.Zh`],
    ['signature, with a line break after it', `${forge(HEADER)}\n`],
    ['header, with a space before it', ` ${forge(HEADER)}`],
    ['signature, with a second token after it', `${forge(HEADER)},x`],
  ])('are canonical base64url: %s', (_part, compact) => {
    expect(() => decodeToken(compact)).toThrow(refused('invalid_jwt', 'base64url'));
  });

  test.each([
    ...['', 'null', '1', '"x"', 'true', '[]', '[{}]', '{', '{}x', '\ufeff{}', "{'a':1}"],
    ...['{"a":01}', '['.repeat(25), '{"a":'.repeat(25)],
  ])('header and payload are JSON objects: not %j', (text) => {
    expect(() => decodeToken(forge(text))).toThrow(refused('invalid_jwt', 'header'));
    const token = decodeToken(forge(HEADER, text));
    expect(() => parseClaims(token)).toThrow(refused('invalid_jwt', 'payload'));
  });

  test('header and payload are UTF-8', () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(() => decodeToken(forge(bytes))).toThrow(refused('invalid_jwt', 'header'));
    const token = decodeToken(forge(HEADER, bytes));
    expect(() => parseClaims(token)).toThrow(refused('invalid_jwt', 'payload'));
  });
});

describe('size', () => {
  const tokenOf = (length: number) => {
    const start = `${encodePart(HEADER)}.${encodePart({})}.`;
    return start + 'A'.repeat(length - start.length);
  };

  test(`is ${MAX_TOKEN_LENGTH} characters at most`, () => {
    expect(MAX_TOKEN_LENGTH).toBe(16384);
    expect(() => decodeToken(tokenOf(MAX_TOKEN_LENGTH))).not.toThrow();
    expect(() => decodeToken(tokenOf(MAX_TOKEN_LENGTH + 1))).toThrow(
      refused('invalid_jwt', 'size'),
    );
  });

  test('is looked at before anything else', () => {
    expect(() => decodeToken('.'.repeat(MAX_TOKEN_LENGTH + 1))).toThrow(
      refused('invalid_jwt', 'size'),
    );
  });
});

describe('header', () => {
  test.each(rows([['exp'], [], 'exp', {}, null, false, 0]))(
    'may not hold crit, whatever its value: $value',
    ({ value: crit }) => {
      expect(() => decodeToken(forge({ ...HEADER, crit }))).toThrow(refused('invalid_jwt', 'crit'));
    },
  );

  test.each([false, null, 'true', 1])('may not ask for an unencoded payload: b64 %j', (b64) => {
    expect(() => decodeToken(forge({ ...HEADER, b64 }))).toThrow(refused('invalid_jwt', 'b64'));
  });

  test.each(['kid', 'typ'])('has a text for %s', (name) => {
    for (const value of [1, null, true, ['key-1'], { a: 1 }]) {
      expect(() => decodeToken(forge({ ...HEADER, [name]: value }))).toThrow(
        refused('invalid_jwt', name),
      );
    }
    expect(() => decodeToken(forge({ ...HEADER, [name]: '' }))).not.toThrow();
  });
});

describe('a header is bounded, for anybody can write one', () => {
  const members = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, 1]));

  test.each([
    ['64 members', { alg: 'ES256', ...members(63) }, { alg: 'ES256', ...members(64) }],
    ['257 items', { alg: 'ES256', x: Array(256).fill(1) }, { alg: 'ES256', x: Array(257).fill(1) }],
    [
      '24 arrays and objects',
      { alg: 'ES256', x: Array(22).fill([]), y: 'y'.repeat(2048) },
      { alg: 'ES256', x: Array(23).fill([]), y: 'y'.repeat(2048) },
    ],
    [
      '1024 quotes',
      { alg: 'ES256', x: '"'.repeat(1024 - 8) },
      { alg: 'ES256', x: '"'.repeat(1024 - 7) },
    ],
    [
      '1024 backslashes',
      { alg: 'ES256', x: '\\'.repeat(512) },
      { alg: 'ES256', x: '\\'.repeat(513) },
    ],
  ])('%s at most', (_limit, good, bad) => {
    expect(decodeToken(forge(good)).header).toEqual(good);
    expect(() => decodeToken(forge(bad))).toThrow(refused('invalid_jwt', 'header'));
  });

  test('arrays and objects are as many as there is room for in 2048 bytes', () => {
    const header = { alg: 'ES256', x: Array(200).fill([]) };
    expect(decodeToken(forge(header)).header).toEqual(header);
  });

  test('a number that JavaScript would round is in no header of more than 1024 bytes', () => {
    const header = (length: number) =>
      `{"alg":"ES256","x":9007199254740993,"y":"${'y'.repeat(length)}"}`;
    const rest = header(0).length;
    expect(decodeToken(forge(header(1024 - rest), {})).alg).toBe('ES256');
    expect(() => decodeToken(forge(header(1025 - rest), {}))).toThrow(
      refused('invalid_jwt', 'header'),
    );
  });

  test('one with a chain of four certificates passes', () => {
    const header = { ...HEADER, x5c: Array(4).fill('MII/+'.repeat(500)), x5u: 'https://a/' };
    expect(decodeToken(forge(header)).header).toEqual(header);
  });
});

describe('what a token says unverified', () => {
  test('is kid and iss', () => {
    expect(peekToken(forge(HEADER, { iss: 'a' }))).toEqual({ kid: 'key-1', iss: 'a' });
    expect(peekToken(forge({ alg: 'ES256' }, { iss: 1 }))).toEqual({});
  });

  test('is there also where the signature is no base64url', () => {
    expect(peekToken(`${forge(HEADER, { iss: 'a' })}=`).iss).toBe('a');
  });

  test.each([
    ['a.b', 'parts'],
    [forge('x', {}), 'header'],
    [`${encodePart(HEADER)}.=.`, 'base64url'],
    ['a'.repeat(MAX_TOKEN_LENGTH + 1), 'size'],
  ])('is nothing where it is malformed: %#', (compact, detail) => {
    expect(() => peekToken(compact)).toThrow(refused('invalid_jwt', detail));
  });
});

describe('a token that is known to be well-formed', () => {
  const TOKENS = [
    forge(HEADER, { sub: 'alice', roles: ['a', { b: 1.5 }], exp: 1e9 }, 'x'),
    forge({ alg: 'ES256', x: 'a\\b\n' }, { name: 'Jürgen 日本 😀', quote: '"\\', del: '\x7f' }),
    forge({ alg: 'RS256', kid: 'k'.repeat(600) }, {}),
    `${encodePart('{"alg":"ES256"}')}.${encodePart(' {"a":1,"a":2,"\\u0041":"\\u00e9"} ')}.`,
  ];

  test.each(TOKENS)('is decoded to the same, without the checks: %s', (compact) => {
    for (const _time of [1, 2]) {
      const {
        signature: _bytes,
        payload: _text,
        ...strict
      } = parseToken(compact) as Token & Partial<UnverifiedToken>;
      expect(decodeKnownToken(compact)).toEqual(strict);
    }
  });
});

describe('what may stand in a header of HTTP as it is', () => {
  test.each([
    [{ sub: 'alice', name: 'Jürgen' }, true],
    [{ sub: 'a b,c=d/e' }, true],
    [{ sub: 'a\nb' }, false],
    [{ sub: 'a\0' }, false],
    [{ sub: 'a\x7f' }, false],
    [{ sub: '"' }, false],
    [{ 'a\n': 1 }, false],
    [{ nested: { deep: ['\r'] } }, false],
  ])('is told of the claims by their text: %j', (claims, isPlain) => {
    expect(parseToken(forge(HEADER, claims)).hasPlainClaims).toBe(isPlain);
    expect(decodeToken(forge({ ...HEADER, ...claims }, {})).hasPlainHeader).toBe(isPlain);
  });
});

describe('a header that comes again', () => {
  /** A header whose part has so many characters. */
  const headerOf = (length: number, alg: string) => {
    const bytes = (length * 3) / 4;
    const empty = JSON.stringify({ alg, x: '' }).length;
    return { alg, x: 'x'.repeat(bytes - empty) };
  };

  test('is taken apart once, where it is short', () => {
    for (const [length, isKept] of [
      [508, true],
      [512, true],
      [516, false],
      [2000, false],
    ] as const) {
      const header = headerOf(length, `A${length}`);
      const one = decodeToken(forge(header, { sub: 'a' }));
      const two = decodeToken(forge(header, { sub: 'b' }));
      expect(one.header).toEqual(two.header);
      expect([length, one.header === two.header]).toEqual([length, isKept]);
      expect(decodeKnownToken(forge(header, { sub: 'c' })).header === one.header).toBe(isKept);
    }
  });
});
