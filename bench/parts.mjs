// Where the time of a check goes: its stations, timed apart inside nginx on both engines.

import { writeFile } from 'node:fs/promises';
import { compile } from '../build/compile.mjs';
import { ROOT } from '../build/run.mjs';
import { Container, PARTS } from './container.mjs';
import { CONTENDERS } from './contenders.mjs';
import { table } from './table.mjs';
import { prepareTokens } from './tokens.mjs';

const ALGORITHM = 'RS256';

/** In the order of the columns. */
const NAMES = ['parts-qjs', 'parts-njs'];

/**
 * @typedef {Map<string, string[]>} Parts µs on each engine, by the name of the station
 */

/**
 * @param {string} image
 * @param {AbortSignal} signal
 * @returns {Promise<Parts>}
 */
export async function measureParts(image, signal) {
  console.error('bench: parts');
  const material = await prepareTokens(`${ROOT}dist/bench/tokens`, ALGORITHM, 1);
  const contenders = NAMES.map((name) => partsOf(name));
  const container = new Container(`njs-auth-jwt-bench-${process.pid}`, signal);
  /** @type {Parts} */
  const parts = new Map();
  await writeFile(PARTS, await compile('bench/inside/parts.ts'));
  try {
    await container.start(image, ALGORITHM, material, contenders);
    for (const [index, contender] of contenders.entries()) {
      const { url } = await container.startContender(contender, index, ALGORITHM);
      const answer = ['node', '/bench/ask.mjs', url, material.tokens[0] ?? ''];
      for (const line of (await container.exec(answer)).trim().split('\n')) {
        const space = line.indexOf(' ');
        const name = line.slice(space + 1);
        parts.set(name, [...(parts.get(name) ?? []), line.slice(0, space)]);
      }
    }
  } finally {
    await container.remove();
  }
  return parts;
}

/**
 * A contender of ours whose location times the stations and serves nothing else.
 *
 * @param {string} name
 * @returns {import('./contenders.mjs').Contender}
 */
function partsOf(name) {
  const ours = CONTENDERS.find((contender) => contender.name === name.replace('parts', 'enforce'));
  if (ours === undefined) {
    throw new Error(`${name}: no such contender`);
  }
  return {
    ...ours,
    name,
    http: (scene) => `${ours.http?.(scene)}\njs_import parts from /bench/parts.js;`,
    location: (scene) =>
      (ours.location?.(scene) ?? '').replace(
        'js_access auth_jwt.enforceJwt;',
        'js_content parts.parts;',
      ),
  };
}

const NOTE =
  'µs for each run within one request, the best of three series of 2,000. The njs engine begins each request with a new context, ' +
  'so that there, unlike here, settings and tokens are worked out anew each time, and the module itself is set up.';

/**
 * @param {Parts} parts
 * @returns {string} empty where none were measured
 */
export function renderParts(parts) {
  if (parts.size === 0) {
    return '';
  }
  const lines = [...parts].map(([name, times]) => [name, ...times]);
  return `${table(['', 'QuickJS', 'njs engine'], lines)}\n\n${NOTE}`;
}
