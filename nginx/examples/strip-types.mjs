// Node 22.18 and later run TypeScript as it is. Debian builds its Node without that part; there,
// esbuild takes the types out of a file when it is imported:  apt-get install esbuild
//
//   node --import ./strip-types.mjs service.ts

import { execFileSync } from 'node:child_process';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

if (!process.features.typescript) {
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.endsWith('.ts')) {
        return nextLoad(url, context);
      }
      const source = execFileSync('esbuild', [fileURLToPath(url)]);
      return { format: 'module', source, shortCircuit: true };
    },
  });
}
