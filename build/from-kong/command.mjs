// The command: reads kong.yml, writes two files, says what is different.

import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { convert } from './convert.mjs';
import { KongError } from './findings.mjs';
import { ROUTERS } from './order.mjs';

/** @import { Conversion, Options } from './convert.mjs' */

export const USAGE = `njs-auth-jwt from-kong FILE [options]

Makes consumers.json and kong.conf of a declarative configuration of Kong (kong.yml).

  --out DIR        where they are written (kong-nginx)
  --etc DIR        where they will lie for nginx, as an absolute path (where they are written)
  --listen VALUE   of "listen" (8000)
  --door NAME      validateJwt: by auth_request, with every njs; enforceJwt: by js_access, njs 0.9.9 or later
  --router NAME    router_flavor in kong.conf of Kong: traditional_compatible or traditional
                   (none: a route that only one of them protects is an error)
  --force          write over files that are there`;

/** @typedef {Pick<Console, 'log' | 'error'>} Voice */

/**
 * Runs the command.
 *
 * @param {string[]} words after its name
 * @param {Voice} voice where it speaks
 * @returns {Promise<number>} status of the process; where it is not 0, nothing has been written
 */
export async function fromKong(words, voice) {
  let about = 'njs-auth-jwt';
  try {
    const { file, out, force, options } = readArguments(words);
    about = file;
    const conversion = convert(await readFile(file, 'utf8'), options);
    await writeAll(out, conversion, force);
    for (const warning of conversion.warnings) {
      voice.error(`${file}: warning: ${warning}`);
    }
    for (const note of conversion.notes) {
      voice.log(`Note: ${note}`);
    }
    voice.log(
      `Written: ${out}/kong.conf, for http {}, and ${out}/consumers.json, which holds secrets: let the workers ` +
        'of nginx read it, and nobody else.',
    );
    return 0;
  } catch (error) {
    const lines = error instanceof KongError ? error.faults : [say(error)];
    for (const line of lines) {
      voice.error(`${about}: ${line}`);
    }
    voice.error('Nothing has been written.');
    return 1;
  }
}

/** @param {unknown} error */
function say(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * @param {string[]} words
 * @returns {{file: string, out: string, force: boolean, options: Options}}
 */
function readArguments(words) {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'kong-nginx' },
      etc: { type: 'string' },
      listen: { type: 'string', default: '8000' },
      door: { type: 'string', default: 'validateJwt' },
      router: { type: 'string' },
      force: { type: 'boolean', default: false },
    },
  });
  const [file, ...others] = positionals;
  const { out, etc = resolve(out), listen, door, force } = values;
  if (file === undefined || others.length > 0) {
    throw new Error(`one file is needed\n\n${USAGE}`);
  }
  if (door !== 'validateJwt' && door !== 'enforceJwt') {
    throw new Error('--door must be validateJwt or enforceJwt');
  }
  const router = ROUTERS.find((name) => name === values.router);
  if (values.router !== undefined && router === undefined) {
    throw new Error(`--router must be ${ROUTERS.join(' or ')}`);
  }
  if (!/^\/[A-Za-z0-9._/-]*$/.test(etc)) {
    throw new Error('--etc must be an absolute path of letters, digits and ._/-');
  }
  if (!/^[A-Za-z0-9.:*[\]_/-]+( ssl)?$/.test(listen)) {
    throw new Error('--listen must be an address or a port');
  }
  const consumersPath = `${etc.replace(/\/$/, '')}/consumers.json`;
  return { file, out, force, options: { consumersPath, listen, door, ...(router && { router }) } };
}

/**
 * Both or none: each is written beside its place first.
 *
 * @param {string} out
 * @param {Conversion} conversion
 * @param {boolean} force
 */
async function writeAll(out, { conf, consumers }, force) {
  /** @type {[name: string, text: string, mode: number][]} */
  const files = [
    ['consumers.json', consumers, 0o600],
    ['kong.conf', conf, 0o644],
  ];
  for (const [name] of files) {
    if (!force && (await exists(`${out}/${name}`))) {
      throw new Error(`${out}/${name} is there already: --force writes over it`);
    }
  }
  await mkdir(out, { recursive: true });
  const temporary = (/** @type {string} */ name) => `${out}/.${name}.${process.pid}`;
  try {
    for (const [name, text, mode] of files) {
      await writeFile(temporary(name), text, { mode, flag: 'wx' });
    }
    for (const [name] of files) {
      await rename(temporary(name), `${out}/${name}`);
    }
  } finally {
    for (const [name] of files) {
      await rm(temporary(name), { force: true });
    }
  }
}

/** @param {string} path */
function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
