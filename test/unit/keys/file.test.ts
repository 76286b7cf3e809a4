import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { readKeyFile } from '../../../src/keys/file.ts';
import { MAX_JWKS_LENGTH } from '../../../src/keys/jwks.ts';
import { explained } from '../../support/refusals.ts';

const folder = mkdtempSync(join(tmpdir(), 'auth-jwt-'));
const path = (name: string) => join(folder, name);

afterAll(() => rmSync(folder, { recursive: true }));

const unreadable = (file: string, problem: string) =>
  explained(
    'keys_unavailable',
    'auth_jwt_key_file',
    `$auth_jwt_key_file "${file}" cannot be read: ${problem}`,
  );

test('a file is read as text', () => {
  writeFileSync(path('keys.json'), '{"keys":[]}');
  expect(readKeyFile(path('keys.json'))).toBe('{"keys":[]}');
});

test('a file that is not there is told by its code', () => {
  expect(() => readKeyFile(path('none.json'))).toThrow(unreadable(path('none.json'), 'ENOENT'));
});

test('a file that goes between look and reading is told by its code', () => {
  writeFileSync(path('gone.json'), '{}');
  vi.spyOn(fs, 'readFileSync').mockImplementation(() => {
    throw Object.assign(new Error('x'), { code: 'EACCES' });
  });
  expect(() => readKeyFile(path('gone.json'))).toThrow(unreadable(path('gone.json'), 'EACCES'));
});

test('a folder is no file', () => {
  mkdirSync(path('folder'));
  expect(() => readKeyFile(path('folder'))).toThrow(
    unreadable(path('folder'), 'it is not a regular file'),
  );
});

test('a device is not read: it would never end', () => {
  expect(() => readKeyFile('/dev/zero')).toThrow(
    unreadable('/dev/zero', 'it is not a regular file'),
  );
});

test('a file over the limit is not read', () => {
  writeFileSync(path('limit.json'), ' '.repeat(MAX_JWKS_LENGTH));
  writeFileSync(path('long.json'), ' '.repeat(MAX_JWKS_LENGTH + 1));
  expect(readKeyFile(path('limit.json'))).toHaveLength(MAX_JWKS_LENGTH);
  expect(() => readKeyFile(path('long.json'))).toThrow(
    unreadable(path('long.json'), `it is longer than ${MAX_JWKS_LENGTH} bytes`),
  );
});
