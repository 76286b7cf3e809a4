import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

test('two builds of one commit are the same, wherever and whenever they are made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'njs-auth-jwt-'));
  try {
    const elsewhere = join(folder, 'another', 'place');
    for (const name of ['src', 'build', 'package.json']) {
      cpSync(join(ROOT, name), join(elsewhere, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(elsewhere, 'node_modules'));
    const build = (cwd: string) => {
      const env = { ...process.env, TZ: 'Pacific/Auckland', LC_ALL: 'C' };
      execFileSync('node', ['build/bundle.mjs'], { cwd, env });
      return ['auth_jwt.js', 'auth_jwt.js.sha256'].map((file) =>
        readFileSync(join(cwd, 'dist', file), 'utf8'),
      );
    };
    const first = build(elsewhere);
    const again = build(elsewhere);
    expect(again).toEqual(first);
    const shipped = readFileSync(join(ROOT, 'dist/auth_jwt.js.sha256'), 'utf8');
    expect(first[1]).toBe(shipped);
    expect(
      String(execFileSync('sha256sum', ['-c', 'auth_jwt.js.sha256'], { cwd: join(ROOT, 'dist') })),
    ).toContain('OK');
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
