import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readSigningKeys } from '../../../src/issuing/signing-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'signing-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

test('keys of all files are read, in their order, each time anew', () => {
  const one = write('one.json', '{"kty":"oct","kid":"1"}');
  const two = write('two.json', '{"keys":[{"kty":"oct","kid":"2"},{"kty":"oct","kid":"3"}]}');
  const kids = () => readSigningKeys([one, two]).map(({ kid }) => kid);
  expect(kids()).toEqual(['1', '2', '3']);
  write('one.json', '{"kty":"oct","kid":"4"}');
  expect(kids()).toEqual(['4', '2', '3']);
});

test.each([
  ['is missing', undefined, /ENOENT/],
  ['is no JSON', '{"kty":"oct","k":"SECRET"', /is not a JSON object/],
  ['is no key set', '{"k":"SECRET"}', /has no array "keys"/],
  ['is empty', '{"keys":["SECRET"]}', /holds no key/],
])('a file that %s is a fault, and nothing of it is told', (_what, content, problem) => {
  const path = content === undefined ? join(folder, 'none') : write('bad.json', content);
  try {
    readSigningKeys([path]);
    expect.unreachable();
  } catch (thrown) {
    expect(thrown).toMatchObject({
      reason: 'bad_configuration',
      detail: 'auth_jwt_signing_key_file',
      explanation: expect.stringMatching(problem),
    });
    expect(JSON.stringify(thrown)).not.toContain('SECRET');
  }
});
