// What holds whatever comes in.

import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { toHeaderJson, toHeaderValue } from '../../src/answer/header-value.ts';
import { loginUrl } from '../../src/answer/login.ts';
import { redactUri } from '../../src/answer/redact.ts';
import { createOutlets, writeClaims } from '../../src/answer/write-claims.ts';
import { decodeBase64url, decodeUtf8 } from '../../src/base64url.ts';
import { matchesGlob, parseGlob } from '../../src/claims/glob.ts';
import { parseJson } from '../../src/json.ts';
import { MAX_JSON_DEPTH } from '../../src/json-limits.ts';
import { peekMember } from '../../src/json-peek.ts';
import {
  attempt,
  BYTES,
  encode,
  JSON_TEXT,
  JSON_VALUE,
  OBJECT,
  TEXT,
} from '../support/arbitraries.ts';
import { parseToken } from '../support/tokens.ts';

// Many runs, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });

describe('base64url', () => {
  test('gives the bytes back that were written', () => {
    fc.assert(
      fc.property(BYTES, (bytes) => {
        expect(decodeBase64url(bytes.toString('base64url'))).toEqual(bytes);
      }),
    );
  });

  test('has one text for the same bytes', () => {
    const almost = fc
      .array(fc.constantFrom(...'ABCDwxyz0189-_+/= \n'.split('')), { maxLength: 12 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(almost, TEXT), (text) => {
        const bytes = decodeBase64url(text);
        expect(bytes?.toString('base64url') ?? text).toBe(text);
        expect(bytes === undefined || /^[A-Za-z0-9_-]*$/.test(text)).toBe(true);
      }),
    );
  });
});

test('UTF-8 is decoded as the strict decoder does it', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const texts = TEXT.map((text) => Buffer.from(text));
  fc.assert(
    fc.property(fc.oneof(BYTES, texts), (bytes) => {
      let expected: string | undefined;
      try {
        expected = strict.decode(bytes);
      } catch {
        expected = undefined;
      }
      expect(decodeUtf8(bytes)).toBe(expected);
    }),
  );
});

describe('JSON', () => {
  test('is what JSON.parse says it is, and refused for its depth alone', () => {
    fc.assert(
      fc.property(JSON_TEXT, (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expected = undefined;
        }
        const value = parseJson(text);
        if (value === undefined) {
          expect(expected === undefined || deepest(text) > MAX_JSON_DEPTH).toBe(true);
        } else {
          expect(value).toEqual(expected);
          expect(deepest(text)).toBeLessThanOrEqual(MAX_JSON_DEPTH);
        }
      }),
    );
  });

  test('comes back from what it is written as', () => {
    fc.assert(
      fc.property(JSON_VALUE, (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});

/** How deep the brackets of a JSON text go, those in strings aside. */
function deepest(text: string): number {
  let [depth, most] = [0, 0];
  for (const bracket of text.replace(/"(?:[^"\\]|\\.)*"/gs, '').replace(/[^[\]{}]/g, '')) {
    depth += '[{'.includes(bracket) ? 1 : -1;
    most = Math.max(most, depth);
  }
  return most;
}

describe('headers', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  const CONTROL = /[\x00-\x1f\x7f]/;

  test('toHeaderValue gives no control character', () => {
    fc.assert(
      fc.property(fc.oneof(JSON_VALUE, TEXT, OBJECT), (value) => {
        expect(toHeaderValue(value)).not.toMatch(CONTROL);
      }),
    );
  });

  test('toHeaderJson gives printable ASCII that says the same', () => {
    fc.assert(
      fc.property(OBJECT, (object) => {
        const text = toHeaderJson(object);
        expect(text).toMatch(/^[ -~]*$/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
  });

  test('no variable that a token fills has a control character', () => {
    fc.assert(
      fc.property(OBJECT, OBJECT, (header, claims) => {
        const compact = `${[header, claims].map((one) => encode(JSON.stringify(one))).join('.')}.`;
        const token = attempt(() => parseToken(compact));
        if (token !== undefined) {
          const names = ['iss', 'sub', 'aud', 'a', 'scope', 'roles'].map(
            (name) => `jwt_claim_${name}`,
          );
          const variables = Object.fromEntries(
            [...names, 'jwt_header_kid', 'jwt_header_typ', 'auth_jwt_passed'].map((name) => [
              name,
              '',
            ]),
          );
          writeClaims(variables, token, 'MISS', createOutlets(), []);
          for (const name of Object.keys(variables)) {
            expect(variables[name]).not.toMatch(CONTROL);
          }
        }
      }),
    );
  });
});

describe('a member of a text that is not trusted', () => {
  test.each([0, 130])('is what the parser finds, beside %i others', (others) => {
    const more = Array.from({ length: others }, (_, index) => `"x${index}":{"a":[":{"]}`).join(',');
    fc.assert(
      fc.property(OBJECT, OBJECT, fc.boolean(), (one, other, isFirst) => {
        const [first, second] = isFirst ? [one, other] : [other, one];
        const parts = [first, second].map((object) => JSON.stringify(object).slice(1, -1));
        const text = `{${[parts[0], more, parts[1]].filter((part) => part !== '').join(',')}}`;
        const parsed = JSON.parse(text);
        for (const name of [...Object.keys(one), ...Object.keys(other), 'iss', 'toString']) {
          const value = Object.hasOwn(parsed, name) ? parsed[name] : undefined;
          const found = peekMember(Buffer.from(text), name);
          expect(found).toBe(value === undefined || typeof value === 'string' ? value : null);
        }
      }),
    );
  });
});

describe('URIs', () => {
  const SECRET = 'eyJhbGciOiJ9';
  const argument = fc.oneof(
    fc.constantFrom(
      `access_token=${SECRET}`,
      `t=${SECRET}`,
      `%74=${SECRET}`,
      `access%5Ftoken=${SECRET}`,
    ),
    fc
      .tuple(fc.constantFrom('a', 'tt', 't.', '', '%', '%zz', 'access_token2'), TEXT)
      .map(([name, value]) => `${name}=${value.replace(/[&#]/g, '')}`),
  );

  test('redactUri leaves no token, and nothing else out', () => {
    fc.assert(
      fc.property(TEXT, fc.array(argument, { maxLength: 6 }), (text, list) => {
        const path = `/${text.replace(/\?/g, '')}`;
        const redacted = redactUri(`${path}?${list.join('&')}`, 'header:A\tquery:t');
        const kept = list.filter((one) => !one.endsWith(SECRET));
        expect(redacted).not.toContain(SECRET);
        expect(redacted).toBe(
          kept.length === 0 && list.length > 0 ? path : `${path}?${kept.join('&')}`,
        );
      }),
    );
  });

  test('loginUrl leaves none either', () => {
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 6 }), (list) => {
        const variables = {
          ...{ auth_jwt_login_url: '/login', request_method: 'GET' },
          ...{ request_uri: `/a?${list.join('&')}`, auth_jwt_token_from: 'query:t' },
        };
        expect(loginUrl('empty_token', variables, 'text/html')).not.toContain(SECRET);
      }),
    );
  });
});

test('a pattern matches what it says, by trying everything', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 8 });
  const matches = (pattern: string, text: string): boolean =>
    pattern === ''
      ? text === ''
      : pattern[0] === '*'
        ? matches(pattern.slice(1), text) || (text !== '' && matches(pattern, text.slice(1)))
        : text !== '' && pattern[0] === text[0] && matches(pattern.slice(1), text.slice(1));
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      const [one, other] = [pattern.join(''), text.join('')];
      expect(matchesGlob(parseGlob(one), other)).toBe(matches(one, other));
    }),
    { numRuns: 2000 },
  );
});
