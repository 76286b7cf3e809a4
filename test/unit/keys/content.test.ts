import { describe, expect, test } from 'vitest';
import { fromStored, parseContent, toStored } from '../../../src/keys/content.ts';
import {
  consumersSource,
  type KeySource,
  keySource,
  revocationSource,
} from '../../../src/keys/source.ts';
import { lookUp } from '../../../src/revocation/table.ts';
import { refused } from '../../support/refusals.ts';

const KEYS = keySource('file', '/keys.json');
const LIST = revocationSource('file', '/revoked.json');
const CONSUMERS = consumersSource('/consumers.json', 'iss', false);
const BASE64 = consumersSource('/consumers.json', 'iss', true);

const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==';
const CONSUMERS_TEXT = JSON.stringify({
  consumers: [{ id: 'one', jwt_secrets: [{ key: 'k', secret: SECRET }] }],
});

const store = (source: KeySource, text: string) =>
  toStored(source, text, parseContent(source, text));

describe('what a source gave', () => {
  test('is read as what it holds', () => {
    expect(parseContent(KEYS, '{"keys":[{"kty":"EC"}]}')).toEqual([{ kty: 'EC' }]);
    expect(parseContent(LIST, '["a"]')).toEqual([{ table: expect.stringMatching(/^j/) }]);
    const k = Buffer.from(SECRET).toString('base64url');
    expect(parseContent(CONSUMERS, CONSUMERS_TEXT)).toEqual([expect.objectContaining({ k })]);
    const decoded = Buffer.from(SECRET, 'base64').toString('base64url');
    expect(parseContent(BASE64, CONSUMERS_TEXT)).toEqual([expect.objectContaining({ k: decoded })]);
  });

  test.each([
    [KEYS, 'jwks'],
    [LIST, 'revocation'],
    [CONSUMERS, 'consumers'],
  ])('is refused by the name of what it should be', (source, detail) => {
    expect(() => parseContent(source, '{"x":[]}')).toThrow(refused('cannot_parse', detail));
  });
});

describe('what is stored', () => {
  test('is the text of public keys, and nothing of secrets', () => {
    const text = '{"keys":[{"kty":"EC"}]}';
    expect(store(KEYS, text)).toBe(text);
    expect(fromStored(KEYS, text)).toEqual([{ kty: 'EC' }]);
    expect(store(KEYS, '{"keys":[{"kty":"EC"},{"kty":"oct","k":"AAAA"}]}')).toBeUndefined();
    expect(store(KEYS, '{"keys":[{"kty":"EC","d":"AAAA"}]}')).toBeUndefined();
    expect(store(CONSUMERS, CONSUMERS_TEXT)).toBeUndefined();
  });

  test('of a large key set is what counts of it, and of a smaller one what came', () => {
    const textOf = (length: number) => {
      const keys = [{ kty: 'EC', x5c: ['certificate'] }];
      const empty = JSON.stringify({ padding: '', keys }).length;
      return JSON.stringify({ padding: ' '.repeat(length - empty), keys });
    };
    expect(store(KEYS, textOf(65536))).toBe(textOf(65536));
    const large = store(KEYS, textOf(65537)) ?? '';
    expect(large.length).toBeLessThan(100);
    expect(fromStored(KEYS, large)).toEqual(parseContent(KEYS, textOf(65537)));
  });

  test('of a revocation list is its table, which is read as it is', () => {
    const table = store(LIST, '[{"sub":"alice"}]') ?? '';
    expect(table).not.toContain('alice');
    expect(fromStored(LIST, table)).toEqual([{ table }]);
    expect(lookUp(table, 'sub', 'alice')).toBe(Number.POSITIVE_INFINITY);
    expect(lookUp(table, 'jti', 'alice')).toBeUndefined();
  });
});
