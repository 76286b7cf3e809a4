// What people copy from the examples must be safe where it is copied to.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const FILES = readdirSync(new URL('nginx/', ROOT), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(conf|ts|sh|mjs|md)$/.test(path))
  .map((path) => `nginx/${path}`);
const CONFIGURATIONS = FILES.filter((path) => /^nginx\/examples\/.*\.conf$/.test(path));

test.each([...CONFIGURATIONS, 'README.md'])('%s listens on the loopback address only', (path) => {
  const listens = [...read(path).matchAll(/^ +listen +([^;]+);/gm)].map(([, to]) => to);
  expect(listens.filter((to) => !to?.startsWith('127.0.0.1:'))).toEqual([]);
  expect(listens.length > 0 || path.endsWith('kong/nginx.conf')).toBe(true);
});

test.each(CONFIGURATIONS.filter((path) => path.endsWith('nginx.conf')))(
  '%s names a user without rights for the workers',
  (path) => {
    expect(read(path)).toMatch(/^user www-data;/m);
  },
);

test('nothing is written under a name that others can guess in a folder that others can write to', () => {
  const named = FILES.flatMap((path) =>
    (read(path).match(/(?:\/var)?\/tmp\/\S*/g) ?? []).map((name) => `${path}: ${name}`),
  );
  expect(named).toEqual([]);
});

describe('secrets and private keys', () => {
  test('stand in no service: keys.sh makes them', () => {
    const services = FILES.filter((path) => /services\/.*\.ts$/.test(path));
    expect(services.length).toBeGreaterThan(5);
    for (const path of services) {
      expect(read(path), path).not.toMatch(/\b[dk]: '|secret: '[^']{20,}'|PRIVATE KEY/);
    }
  });

  test('stand in no file of consumers that a configuration names', () => {
    for (const path of CONFIGURATIONS) {
      const files = [...read(path).matchAll(/set \$auth_jwt_\w*file +(\S+);/g)];
      const shipped = files.filter(([, file]) => !file?.startsWith('/etc/nginx/keys/'));
      expect(shipped, path).toEqual([]);
    }
  });
});
