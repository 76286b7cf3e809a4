// Reads YAML as Kong does, and remembers which line says what.

import { isAlias, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import { KongError } from './findings.mjs';

/** @import { Document, Node } from 'yaml' */
/** @import { Path } from './findings.mjs' */

/**
 * Reads a file.
 *
 * @param {string} text
 * @returns {{root: Record<string, unknown>, lineOf: (path: Path) => number | undefined}} what it says,
 * and the line in which a place of it begins
 * @throws {KongError} where it is no YAML, or no mapping
 */
export function readYaml(text) {
  const lines = new LineCounter();
  // YAML 1.1, as in Kong: "strip_path: no" is false. Errors without the lines that they are about,
  // for these may hold secrets.
  const document = parseDocument(text, {
    version: '1.1',
    uniqueKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const faults = [...document.errors, ...document.warnings].map(
    ({ code, pos }) => `line ${lines.linePos(pos[0]).line}: ${describe(code)}`,
  );
  if (faults.length > 0) {
    throw new KongError(faults);
  }
  const root = toPlain(document);
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw new KongError(['line 1: this is no declarative configuration of Kong']);
  }
  return {
    root: /** @type {Record<string, unknown>} */ (root),
    lineOf: (path) => {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : lines.linePos(offset).line;
    },
  };
}

/** @param {string} code */
function describe(code) {
  return code === 'DUPLICATE_KEY'
    ? 'the same key stands twice in one mapping'
    : `not well-formed YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
}

/** @param {Document} document */
function toPlain(document) {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new KongError(['line 1: aliases that lead nowhere, or too many of them']);
  }
}

/**
 * Where a place begins; where there is no such place, the one around it.
 *
 * @param {Document} document
 * @param {Path} path
 * @returns {number | undefined}
 */
function offsetOf(document, path) {
  /** @type {unknown} */
  let node = document.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const step of path) {
    const found = stepInto(isAlias(node) ? node.resolve(document) : node, step);
    if (found === undefined) {
      break;
    }
    offset = found.offset ?? offset;
    node = found.node;
  }
  return offset;
}

/**
 * @param {unknown} node
 * @param {string | number} step
 * @returns {{node: unknown, offset: number | undefined} | undefined}
 */
function stepInto(node, step) {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isNode(key) && String(key) === step);
    const key = /** @type {Node | undefined} */ (pair?.key);
    return pair && { node: pair.value, offset: key?.range?.[0] };
  }
  const item = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
  return isNode(item) ? { node: item, offset: item.range?.[0] } : undefined;
}
