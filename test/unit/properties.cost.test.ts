// What a function over input costs grows no faster than the input.

import { describe, expect, test, vi } from 'vitest';
import { toHeaderJson, toHeaderValue } from '../../src/answer/header-value.ts';
import { describeProblem } from '../../src/answer/problem.ts';
import { redactUri } from '../../src/answer/redact.ts';
import { matchesGlob, parseGlob } from '../../src/claims/glob.ts';
import { parsePath } from '../../src/claims/path.ts';
import { parseConsumers } from '../../src/consumers/parse.ts';
import { parseJson } from '../../src/json.ts';
import { parseJwks } from '../../src/keys/jwks.ts';
import { parseRevocations } from '../../src/revocation/parse.ts';
import { readRules } from '../../src/settings/rules.ts';
import { parseList, parseTime } from '../../src/settings/values.ts';
import { decodeToken } from '../../src/token/decode.ts';
import { extractToken } from '../../src/token/extract.ts';
import { attempt, encode, nest, requestOf, SOURCES } from '../support/arbitraries.ts';

// Many runs, on machines that may be slow.
vi.setConfig({ testTimeout: 60_000 });

describe('sixteen times as much takes about sixteen times as long', () => {
  const KEYS = 200_000;
  const limit = 16_384;
  const cases: readonly (readonly [string, number, (length: number) => () => unknown])[] = [
    ['brackets', KEYS, (n) => run(parseJson, '['.repeat(n))],
    ['quotes', KEYS, (n) => run(parseJson, `[${'"",'.repeat(n / 3)}0]`)],
    [
      'escaped quotes',
      KEYS,
      (n) => run(parseJson, `${nest(25, true).slice(0, 25)}"${'\\"'.repeat(n / 2)}`),
    ],
    ['backslashes', KEYS, (n) => run(parseJson, `${'['.repeat(25)}"${'\\'.repeat(n)}`)],
    ['digits', KEYS, (n) => run(parseJson, `${'['.repeat(25)}${'1'.repeat(n)}`)],
    [
      'numbers that go wrong',
      KEYS,
      (n) => run(parseJson, `[${'{},'.repeat(20)}${'1.1.'.repeat(n / 4)}]`),
    ],
    ['members', KEYS, (n) => run(parseJson, `{${'"a":1,'.repeat(n / 6)}"b":{}}`)],
    ['keys', KEYS, (n) => run(jwks, `{"keys":[${'{},'.repeat(n / 3)}{}]}`)],
    [
      'revocations',
      KEYS / 8,
      (n) => run(revocations, JSON.stringify(Array.from({ length: n / 10 }, String))),
    ],
    [
      'consumers',
      KEYS,
      (n) =>
        run(consumers, JSON.stringify({ consumers: Array.from({ length: n / 12 }, consumer) })),
    ],
    ['dots', limit, (n) => run(decode, '.'.repeat(n))],
    [
      'a long payload',
      limit,
      (n) => run(decode, `e30.${encode(JSON.stringify({ a: 'x'.repeat(n * 0.7) }))}.`),
    ],
    [
      'a header of escapes',
      limit,
      (n) => run(decode, `${encode(`{"a":"${'\\u0041'.repeat(n / 9)}"}`)}.e30.`),
    ],
    ['a glob', KEYS, (n) => () => matchesGlob(parseGlob('*a*ab*b'), 'a'.repeat(n))],
    ['arguments', KEYS, (n) => () => redactUri(`/?${'t=1&'.repeat(n / 4)}`, 'query:t')],
    ['percent signs', KEYS, (n) => () => redactUri(`/?${'%'.repeat(n)}`, 'query:t')],
    [
      'a cookie',
      KEYS,
      (n) => () => attempt(() => extractToken(SOURCES, requestOf('t=;'.repeat(n / 3), ''))),
    ],
    [
      'subprotocols',
      KEYS,
      (n) => () => attempt(() => extractToken(SOURCES, requestOf(' ,'.repeat(n / 2), ''))),
    ],
    ['a header value', KEYS, (n) => () => toHeaderValue(Array.from({ length: n / 4 }, () => 'é'))],
    ['a header as JSON', KEYS, (n) => () => toHeaderJson({ a: 'é'.repeat(n) })],
    ['an Accept header', KEYS, (n) => () => describeProblem('bad_claim', ',;q=;'.repeat(n / 5))],
    ['a time', limit, (n) => () => parseTime(`${'1'.repeat(n)}!`)],
    ['a list', KEYS, (n) => () => parseList('a '.repeat(n / 2))],
    ['a path', KEYS, (n) => () => parsePath(`/${'~0'.repeat(n / 2)}`)],
    [
      'rules',
      limit,
      (n) => () => attempt(() => readRules({ auth_jwt_require_claims: 'a eq 1;'.repeat(n / 7) })),
    ],
  ];

  test.each(cases)('%s', (_name, most, prepare) => {
    const short = fastest(prepare(Math.floor(most / 16)));
    const long = fastest(prepare(most));
    // The square would be 256 times as long. What is over at once proves nothing, and is no harm.
    expect(long, `${short} ms, then ${long} ms`).toBeLessThan(Math.max(80 * short, 50));
  });

  function run(act: (text: string) => unknown, text: string): () => unknown {
    return () => attempt(() => act(text));
  }
  function jwks(text: string): unknown {
    return parseJwks(text, 'a');
  }
  function revocations(text: string): unknown {
    return parseRevocations(text, 'a');
  }
  function consumers(text: string): unknown {
    return parseConsumers(text, 'a', false);
  }
  function decode(text: string): unknown {
    return decodeToken(text);
  }
  function consumer(): object {
    return { id: 'a' };
  }

  /** In milliseconds: what else goes on makes it slower, and never faster. */
  function fastest(act: () => unknown): number {
    const times = Array.from({ length: 5 }, () => {
      const begin = performance.now();
      act();
      return performance.now() - begin;
    });
    return Math.min(...times);
  }
});
