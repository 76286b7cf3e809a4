import { describe, expect, test } from 'vitest';
import {
  MAX_CONSUMERS_LENGTH,
  MAX_CREDENTIALS,
  parseConsumers,
} from '../../../src/consumers/parse.ts';
import type { Refusal } from '../../../src/refusal.ts';
import { refused } from '../../support/refusals.ts';

const parse = (consumers: unknown, isBase64 = false) =>
  parseConsumers(JSON.stringify({ consumers }), 'a test', isBase64);

const withSecret = (secret: unknown) => [{ username: 'a', jwt_secrets: [secret] }];

const JWK = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', use: 'sig' };

describe('a credential', () => {
  test('is a JWK with the name of the credential, and whose it is', () => {
    const consumer = { id: '1', username: 'a', custom_id: 'c' };
    const [hs, es] = parse([
      {
        ...consumer,
        tags: ['x'],
        jwt_secrets: [
          { key: 'k1', secret: 'secret' },
          { key: 'k2', algorithm: 'ES256', jwk: { ...JWK, kid: 'own', alg: 'ES384' } },
        ],
      },
    ]);
    const k = Buffer.from('secret').toString('base64url');
    expect(hs).toEqual({ kty: 'oct', k, kid: 'k1', alg: 'HS256', consumer });
    expect(es).toEqual({ ...JWK, kid: 'k2', alg: 'ES256', consumer });
  });

  test.each([
    ['c2VjcmV0Pz4/', 'c2VjcmV0Pz4_'],
    ['+/+/c2VjcmV0', '-_-_c2VjcmV0'],
    ['MTIzNA==', 'MTIzNA'],
    ['c2VjcmV0Pz4_', 'c2VjcmV0Pz4_'],
    ['c2VjcmU=', 'c2VjcmU'],
    ['c2VjcmU', 'c2VjcmU'],
  ])('may have its secret in base64: %s', (secret, k) => {
    expect(parse(withSecret({ key: 'k', secret }), true)[0]).toMatchObject({ k });
  });
});

test('a consumer without credentials is there', () => {
  expect(parse([{ id: '1' }, { username: 'b', jwt_secrets: [] }])).toEqual([
    { consumer: { id: '1' } },
    { consumer: { username: 'b' } },
  ]);
});

describe('one fault spoils the file', () => {
  test.each<readonly [string, unknown, string]>([
    ['a consumer that is none', ['a'], 'consumers[0] is no object'],
    ['a nameless one', [{ id: '1' }, { custom_id: 'x' }], 'consumers[1] has neither id nor'],
    ['an id that is no text', [{ id: 5 }], 'consumers[0] has a id that is no text'],
    ['an empty name', [{ username: '' }], 'consumers[0] has a username that is no text'],
    ['secrets that are no array', [{ id: '1', jwt_secrets: {} }], 'jwt_secrets is no array'],
    ['a secret that is none', withSecret('x'), 'consumers[0].jwt_secrets[0] is no object'],
    ['no key', withSecret({ secret: 'hidden' }), 'jwt_secrets[0] has no key'],
    ['an empty key', withSecret({ key: '', secret: 'hidden' }), 'jwt_secrets[0] has no key'],
    ['no algorithm', withSecret({ key: 'k', algorithm: 'none' }), 'an algorithm that does not'],
    ['no secret', withSecret({ key: 'k' }), 'has no secret that can be read'],
    ['an empty secret', withSecret({ key: 'k', secret: '' }), 'has no secret that can be read'],
    ['no public key', withSecret({ key: 'k', algorithm: 'RS256', secret: 'hidden' }), 'no jwk for'],
    ['another key', withSecret({ key: 'k', algorithm: 'RS256', jwk: JWK }), 'no jwk for RS256'],
    [
      'a key twice',
      [...withSecret({ key: 'k', secret: 'hidden' }), ...withSecret({ key: 'k', secret: 'x' })],
      'consumers[1].jwt_secrets[0] has a key that another one has',
    ],
  ])('%s', (_what, consumers, problem) => {
    const thrown = (() => {
      try {
        return parse(consumers);
      } catch (error) {
        return error;
      }
    })() as Refusal;
    expect(thrown).toEqual(refused('cannot_parse', 'consumers'));
    expect(thrown.explanation).toContain(problem);
    expect(thrown.explanation).not.toContain('hidden');
  });

  test.each(['', '[]', '{}', '{"consumers":{}}', 'null', 'x'])('text %j', (text) => {
    expect(() => parseConsumers(text, 'a test', false)).toThrow(
      refused('cannot_parse', 'consumers'),
    );
  });

  test('a secret that is no base64', () => {
    for (const secret of ['?', 'a', 'YWI*', 'YWJ=', 'YWI=YWI', 'YWI==YWI=']) {
      expect(() => parse(withSecret({ key: 'k', secret }), true)).toThrow(
        refused('cannot_parse', 'consumers'),
      );
    }
  });

  test('too much', () => {
    const long = JSON.stringify({ consumers: [{ id: 'x'.repeat(MAX_CONSUMERS_LENGTH) }] });
    expect(() => parseConsumers(long, 'a test', false)).toThrow(
      refused('cannot_parse', 'consumers'),
    );
    const many = Array.from({ length: MAX_CREDENTIALS + 1 }, (_none, at) => ({ id: `${at}` }));
    expect(() => parse(many)).toThrow(refused('cannot_parse', 'consumers'));
    expect(parse(many.slice(1))).toHaveLength(MAX_CREDENTIALS);
  });
});
