import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { kongYml } from '../../../support/kong.ts';

/** Root of the project. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

// A process for each run, some of them in one test.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/from-kong-`);
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** Runs the command as a user does. */
function run(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [`${ROOT}build/cli.mjs`, ...words], (error, out, errors) =>
      resolve({ code: Number(error?.code ?? 0), out, errors }),
    );
  });
}

function write(text: string): string {
  writeFileSync(`${folder}/kong.yml`, text);
  return `${folder}/kong.yml`;
}

test('writes two files, the one with secrets for its owner only, and prints no secret', async () => {
  const file = write(kongYml('x: 1'));
  const { code, out, errors } = await run('from-kong', file, '--out', `${folder}/a/b`);
  expect(code, errors).toBe(0);
  expect(readdirSync(`${folder}/a/b`).sort()).toEqual(['consumers.json', 'kong.conf']);
  expect(statSync(`${folder}/a/b/consumers.json`).mode & 0o777).toBe(0o600);
  const conf = readFileSync(`${folder}/a/b/kong.conf`, 'utf8');
  expect(conf).toContain(`set $auth_jwt_consumers_file ${folder}/a/b/consumers.json;`);
  expect(conf).toContain('listen 8000 default_server;');
  expect(errors).toMatch(/kong\.yml: warning: line \d+: x: is not carried over\n$/);
  expect(out).toMatch(/^Note: Kong looks at exp/);
  expect(out + errors + conf).not.toContain('a-secret-that-is');
});

test('knows where the files will lie, where to listen, and the door', async () => {
  const more = ['--etc', '/etc/nginx/kong', '--listen', '127.0.0.1:8080', '--door', 'enforceJwt'];
  expect((await run('from-kong', write(kongYml()), '--out', folder, ...more)).code).toBe(0);
  const conf = readFileSync(`${folder}/kong.conf`, 'utf8');
  expect(conf).toContain('set $auth_jwt_consumers_file /etc/nginx/kong/consumers.json;');
  expect(conf).toContain('listen 127.0.0.1:8080 default_server;');
  expect(conf).toContain('js_access auth_jwt.enforceJwt;');
});

test.each(['traditional', 'traditional_compatible'])(
  '--router %s says which one Kong runs',
  async (name) => {
    const more = '  hosts: ["*.example"]\n- name: health\n  service: orders\n  paths: [/health]';
    const file = write(kongYml('', undefined, more));
    const { code, errors } = await run('from-kong', file, '--out', folder, '--router', name);
    expect(code, errors).toBe(0);
    const [, server] = readFileSync(`${folder}/kong.conf`, 'utf8').split('\nserver {');
    expect(server?.includes('location /health')).toBe(name === 'traditional_compatible');
  },
);

test('writes over nothing unless told to', async () => {
  const file = write(kongYml());
  writeFileSync(`${folder}/kong.conf`, 'mine');
  const refused = await run('from-kong', file, '--out', folder);
  expect([refused.code, refused.errors]).toEqual([1, expect.stringContaining('is there already')]);
  expect(readdirSync(folder).sort()).toEqual(['kong.conf', 'kong.yml']);
  expect(readFileSync(`${folder}/kong.conf`, 'utf8')).toBe('mine');
  expect((await run('from-kong', file, '--out', folder, '--force')).code).toBe(0);
  expect(statSync(`${folder}/consumers.json`).mode & 0o777).toBe(0o600);
});

test.each([
  [
    'a fault in the file',
    kongYml('consumers: []'),
    [],
    /kong\.yml: line \d+: the same key stands twice/,
  ],
  ['a way that is no path', kongYml(), ['--etc', 'etc; x'], /--etc must be an absolute path/],
  ['another door', kongYml(), ['--door', 'x'], /--door must be/],
  ['a word of nginx', kongYml(), ['--listen', '80; x'], /--listen must be/],
  ['another router', kongYml(), ['--router', 'expressions'], /--router must be traditional_comp/],
  [
    'a route that one router protects',
    kongYml(
      '',
      undefined,
      '  hosts: ["*.example"]\n- name: health\n  service: orders\n  paths: [/health]',
    ),
    [],
    /kong\.yml: line \d+: routes\[0\]: it depends on the router of Kong .*--router/,
  ],
  ['an option that is none', kongYml(), ['--nonsense'], /--nonsense/],
  ['two files', kongYml(), ['other.yml'], /one file is needed/],
])('%s: status 1, and nothing is written', async (_what, text, words, message) => {
  const { code, errors } = await run('from-kong', write(text), '--out', `${folder}/out`, ...words);
  expect(code).toBe(1);
  expect(errors).toMatch(message);
  expect(errors).toMatch(/Nothing has been written\.\n$/);
  expect(existsSync(`${folder}/out`)).toBe(false);
});

test('says how it is used', async () => {
  expect((await run()).out).toContain('njs-auth-jwt from-kong FILE');
  expect((await run('--help')).code).toBe(0);
  expect(await run('nonsense')).toMatchObject({ code: 1, errors: expect.stringContaining('FILE') });
  expect((await run('from-kong', `${folder}/missing.yml`)).code).toBe(1);
});
