// One text that holds all mutants of a file: which of them lives is decided when it runs.

import ts from 'typescript';
import { findMutations } from './mutations.mjs';

/**
 * @typedef {object} Mutant
 * @property {number} id 1 and up
 * @property {string} file path from the root of the project
 * @property {number} line from 1
 * @property {string} code the line as it stands
 * @property {string} from what is replaced
 * @property {string} to by what
 */

/**
 * @param {string} file path from the root of the project
 * @param {string} source its text
 * @param {number} first id of the first mutant
 * @returns {{ text: string, mutants: Mutant[] }}
 */
export function instrument(file, source, first) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const lines = source.split('\n');
  /** @type {Mutant[]} */
  const mutants = [];
  /** @type {Map<ts.Node, { id: number, text: string, kind: string }[]>} */
  const byNode = new Map();
  for (const { node, text, kind } of findMutations(tree)) {
    const id = first + mutants.length;
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
    const code = (lines[line] ?? '').trim();
    mutants.push({
      id,
      file,
      line: line + 1,
      code,
      from: oneLine(node.getText(tree)),
      to: oneLine(text),
    });
    byNode.set(node, [...(byNode.get(node) ?? []), { id, text, kind }]);
  }

  /** The text of a node, with what may stand in its place. @param {ts.Node} node @returns {string} */
  const emit = (node) => {
    const start = node.getStart(tree);
    let inner = '';
    let at = start;
    ts.forEachChild(node, (child) => {
      const from = child.getStart(tree);
      inner += source.slice(at, from) + emit(child);
      at = child.getEnd();
    });
    inner += source.slice(at, node.getEnd());
    return wrap(inner, byNode.get(node) ?? []);
  };
  return { text: emit(tree), mutants };
}

/** @param {string} inner @param {readonly { id: number, text: string, kind: string }[]} choices */
function wrap(inner, choices) {
  let text = inner;
  for (const { id, text: other, kind } of choices) {
    text =
      kind === 'statement'
        ? `if ($m(${id})) { ${other} } else { ${text} }`
        : `($m(${id}) ? (${other}) : (${text}))`;
  }
  return text;
}

/** @param {string} text */
function oneLine(text) {
  return text.replace(/\s+/g, ' ');
}
