import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadKeys } from '../../../src/keys/load.ts';
import type { NginxReply } from '../../../src/nginx.ts';
import { fakeRequest, reply } from '../../support/fake-request.ts';
import { refused } from '../../support/refusals.ts';

const folder = mkdtempSync(join(tmpdir(), 'auth-jwt-'));
const FILE = join(folder, 'keys.json');
writeFileSync(FILE, setOf('file'));

afterAll(() => rmSync(folder, { recursive: true }));

function setOf(kid: string): string {
  return JSON.stringify({ keys: [{ kty: 'oct', kid }] });
}

function load(files: string[], answers: Record<string, NginxReply>) {
  const r = fakeRequest({ subrequest: async (uri) => answers[uri] ?? reply('', 404) });
  return loadKeys(r, { files, requests: Object.keys(answers) });
}

test('keys of all sources form one set, files first', async () => {
  const keySet = await load([FILE, FILE], { '/a': reply(setOf('a')), '/b': reply(setOf('b')) });
  expect(keySet.keys.map(({ kid }) => kid)).toEqual(['file', 'file', 'a', 'b']);
  expect(keySet).not.toHaveProperty('failure');
});

describe('a source that fails', () => {
  test.each([
    ['a file that is not there', ['/nowhere/keys.json'], {}, 'keys_unavailable'],
    ['a location that is down', [], { '/down': reply('', 502) }, 'keys_unavailable'],
    ['an answer that is no key set', [], { '/html': reply('<html>') }, 'cannot_parse'],
    ['an empty key set', [], { '/empty': reply('{"keys":[]}') }, 'cannot_parse'],
  ] as const)('leaves the others alone, and is kept: %s', async (_what, files, answers, reason) => {
    const keySet = await load([...files, FILE], { ...answers, '/good': reply(setOf('good')) });
    expect(keySet.keys.map(({ kid }) => kid)).toEqual(['file', 'good']);
    expect(keySet.failure).toMatchObject({ kind: 'refusal', reason });
  });

  test('is named in the failure', async () => {
    const { failure } = await load([], { '/html': reply('<html>') });
    expect(failure?.explanation).toContain('$auth_jwt_key_request "/html"');
  });

  test('that comes first is the one that is told', async () => {
    const { keys, failure } = await load(['/nowhere'], { '/html': reply('<html>') });
    expect(keys).toEqual([]);
    expect(failure).toEqual(refused('keys_unavailable', 'auth_jwt_key_file'));
  });
});

test('an error that is no refusal is nobody’s answer: it is thrown', async () => {
  const r = fakeRequest({
    subrequest: () => {
      throw new TypeError('unforeseen');
    },
  });
  await expect(loadKeys(r, { files: [FILE], requests: ['/a'] })).rejects.toThrow(TypeError);
});
