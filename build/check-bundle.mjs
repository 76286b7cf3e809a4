// States the limits of the bundle as code that fails. Unit tests run in Node, which has everything;
// this is what keeps a global or a syntax that the njs engine lacks from reaching nginx.

import { gzipSync } from 'node:zlib';
import { parse } from 'acorn';
import ts from 'typescript';

/** Bytes that the file may have: every start of a worker, and each request in the njs engine, reads it. */
export const SIZE_BUDGET = 232 * 1024;

/** What the bundle may take from its surroundings: all of it seen in njs 0.8.9 and 1.0, both engines. */
const ALLOWED_GLOBALS = new Set([
  ...['Array', 'Buffer', 'Date', 'Error', 'JSON', 'Math', 'Number', 'Object', 'Promise', 'String'],
  ...['RegExp', 'Symbol', 'TextDecoder', 'TypeError', 'clearTimeout', 'crypto'],
  ...['decodeURIComponent', 'encodeURIComponent'],
  ...['ngx', 'njs', 'parseInt', 'setTimeout', 'undefined'],
  // Named by TypeScript's helpers, behind typeof.
  ...['Iterator'],
]);

/** Members that the njs engine does not have, whatever the object. */
const FORBIDDEN_MEMBERS = new Set(['fromEntries', 'hasOwn', 'flat', 'flatMap', 'at', 'replaceAll']);

/** Ways around the search for globals. */
const FORBIDDEN_NAMES = new Set(['globalThis', 'eval', 'Function']);

/**
 * Checks a bundle.
 *
 * @param {string} code text of the bundle
 * @returns {string} its size, for people
 * @throws {Error} which names every fault
 */
export function checkBundle(code) {
  const faults = [
    ...checkExports(code),
    ...checkSyntax(code),
    ...checkNames(code),
    ...checkGlobals(code),
    ...checkSize(code),
  ];
  if (faults.length > 0) {
    throw new Error(`the bundle cannot ship:\n  ${faults.join('\n  ')}`);
  }
  const size = Buffer.byteLength(code);
  const percent = Math.round((100 * size) / SIZE_BUDGET);
  return `${size} bytes (${percent} % of its budget), ${gzipSync(code).length} gzipped`;
}

/** The only statements of a module that may be there, each on a line of its own. */
const IMPORT = /^import \w+ from "(?:crypto|fs)";$/gm;
const EXPORT = /^export default \w+;$/gm;

/** @param {string} code */
function checkExports(code) {
  const all = code.match(/^\s*export\b/gm) ?? [];
  const defaults = code.match(EXPORT) ?? [];
  return all.length === 1 && defaults.length === 1
    ? []
    : ['it must have one default export and no other'];
}

/**
 * The njs engine reads ES5: a parser that knows no more must be able to read the bundle.
 *
 * @param {string} code
 */
function checkSyntax(code) {
  try {
    parse(code.replace(IMPORT, '').replace(EXPORT, ''), { ecmaVersion: 5, sourceType: 'script' });
    return [];
  } catch (error) {
    const { message, loc } = /** @type {SyntaxError & {loc: {line: number}}} */ (error);
    return [`line ${loc.line}: not ES5: ${message}`];
  }
}

/**
 * Names that no njs engine, or only one, has a meaning for.
 *
 * @param {string} code
 */
function checkNames(code) {
  const source = ts.createSourceFile('auth_jwt.js', code, ts.ScriptTarget.ES2022, true);
  /** @type {string[]} */
  const faults = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    if (ts.isPropertyAccessExpression(node) && FORBIDDEN_MEMBERS.has(node.name.text)) {
      faults.push(`line ${line + 1}: .${node.name.text} does not exist in the njs engine`);
    }
    if (ts.isIdentifier(node) && FORBIDDEN_NAMES.has(node.text)) {
      faults.push(`line ${line + 1}: ${node.text} is not to be used`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return faults;
}

/**
 * Compiles the bundle without any library and takes the names that do not resolve.
 *
 * @param {string} code
 */
function checkGlobals(code) {
  const name = 'auth_jwt.js';
  const options = { allowJs: true, checkJs: true, noLib: true, noEmit: true, types: [] };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (file, ...rest) =>
    file === name
      ? ts.createSourceFile(file, code, ts.ScriptTarget.ES2022, true)
      : getSourceFile(file, ...rest);
  const program = ts.createProgram([name], options, host);
  const found = new Set();
  for (const { code: number, messageText } of program.getSemanticDiagnostics()) {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    const [, global] = /^Cannot find name '(\w+)'/.exec(text) ?? [];
    if (global && number !== 2318) {
      found.add(global);
    }
  }
  if (!found.has('JSON')) {
    return ['the search for globals finds none: it is broken'];
  }
  return [...found]
    .filter((global) => !ALLOWED_GLOBALS.has(global))
    .map((global) => `the global ${global} is not in both njs engines`);
}

/** @param {string} code */
function checkSize(code) {
  const size = Buffer.byteLength(code);
  return size > SIZE_BUDGET ? [`it has ${size} bytes, its budget is ${SIZE_BUDGET}`] : [];
}
