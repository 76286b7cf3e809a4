// Makes dist/auth_jwt.js: the file that users import.

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { checkBundle } from './check-bundle.mjs';
import { compile } from './compile.mjs';
import { ROOT } from './run.mjs';

/** @returns {Promise<string>} the comment that opens the file */
async function banner() {
  const { name, version, license, description } = JSON.parse(
    await readFile(`${ROOT}package.json`, 'utf8'),
  );
  return `/*! ${name} ${version}: ${description}. ${license} licence. */\n`;
}

const code = (await banner()) + (await compile('src/index.ts'));
const report = checkBundle(code);
await mkdir(`${ROOT}dist`, { recursive: true });
await writeFile(`${ROOT}dist/auth_jwt.js`, code);
// For `sha256sum -c`, and to compare with a build of one's own.
const checksum = createHash('sha256').update(code).digest('hex');
await writeFile(`${ROOT}dist/auth_jwt.js.sha256`, `${checksum}  auth_jwt.js\n`);
console.log(`dist/auth_jwt.js: ${report}`);
