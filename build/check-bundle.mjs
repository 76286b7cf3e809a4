// States the limits of the bundle as code that fails. Unit tests run in Node, which has everything;
// this is what keeps a global or a syntax that the njs engine lacks from reaching nginx.

import { gzipSync } from 'node:zlib';
import ts from 'typescript';

/** Bytes that the file may have: every start of a worker, and each request in the njs engine, reads it. */
export const SIZE_BUDGET = 64 * 1024;

/** What the bundle may take from its surroundings: all of it seen in njs 0.8.9 and 1.0, both engines. */
const ALLOWED_GLOBALS = new Set([
  ...['Array', 'Buffer', 'Date', 'Error', 'JSON', 'Math', 'Number', 'Object', 'Promise', 'String'],
  ...['Symbol', 'TextDecoder', 'TypeError', 'clearTimeout', 'crypto', 'decodeURIComponent'],
  ...['parseInt', 'setTimeout', 'undefined'],
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
  const source = ts.createSourceFile('auth_jwt.js', code, ts.ScriptTarget.ES2022, true);
  const faults = [
    ...checkExports(source),
    ...checkSyntax(source),
    ...checkGlobals(code),
    ...checkSize(code),
  ];
  if (faults.length > 0) {
    throw new Error(`the bundle cannot ship:\n  ${faults.join('\n  ')}`);
  }
  const percent = Math.round((100 * code.length) / SIZE_BUDGET);
  return `${code.length} bytes (${percent} % of its budget), ${gzipSync(code).length} gzipped`;
}

/** @param {ts.SourceFile} source */
function checkExports(source) {
  const exports = source.statements.filter(
    (statement) => ts.isExportAssignment(statement) || ts.isExportDeclaration(statement),
  );
  const [only] = exports;
  if (exports.length === 1 && only && ts.isExportAssignment(only) && !only.isExportEquals) {
    return [];
  }
  return ['it must have one default export and no other'];
}

/**
 * The njs engine reads ES5. What TypeScript has lowered is gone; this finds what it has not.
 *
 * @param {ts.SourceFile} source
 */
function checkSyntax(source) {
  /** @type {string[]} */
  const faults = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    if (
      ts.isArrowFunction(node) ||
      ts.isClassLike(node) ||
      ts.isForOfStatement(node) ||
      ts.isSpreadElement(node) ||
      ts.isTemplateExpression(node) ||
      ts.isBindingElement(node) ||
      ts.isAwaitExpression(node) ||
      ts.isYieldExpression(node) ||
      (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) !== 0)
    ) {
      faults.push(`line ${line + 1}: ${ts.SyntaxKind[node.kind]} is not ES5`);
    }
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
  return code.length > SIZE_BUDGET
    ? [`it has ${code.length} bytes, its budget is ${SIZE_BUDGET}`]
    : [];
}
