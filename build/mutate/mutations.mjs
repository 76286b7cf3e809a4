// What is broken on purpose: one small change of the code at a time.

import ts from 'typescript';

/**
 * @typedef {object} Mutation
 * @property {ts.Node} node what is replaced
 * @property {string} text what stands there instead; empty for a statement that is left out
 * @property {'expression' | 'statement'} kind whether it is a value or a statement
 */

const { SyntaxKind: Kind } = ts;

/** Operators, and what they are taken for. @type {Readonly<Partial<Record<ts.SyntaxKind, readonly string[]>>>} */
const OPERATORS = {
  [Kind.LessThanToken]: ['<=', '>='],
  [Kind.LessThanEqualsToken]: ['<', '>'],
  [Kind.GreaterThanToken]: ['>=', '<='],
  [Kind.GreaterThanEqualsToken]: ['>', '<'],
  [Kind.EqualsEqualsEqualsToken]: ['!=='],
  [Kind.ExclamationEqualsEqualsToken]: ['==='],
  [Kind.AmpersandAmpersandToken]: ['||'],
  [Kind.BarBarToken]: ['&&'],
  [Kind.QuestionQuestionToken]: ['&&'],
  [Kind.PlusToken]: ['-'],
  [Kind.MinusToken]: ['+'],
  [Kind.AsteriskToken]: ['/'],
  [Kind.SlashToken]: ['*'],
  [Kind.PercentToken]: ['*'],
  [Kind.PlusEqualsToken]: ['-='],
  [Kind.MinusEqualsToken]: ['+='],
  [Kind.GreaterThanGreaterThanEqualsToken]: ['<<='],
};

/** Methods, and what they are taken for; without a name the call is left out and the object stays. */
const METHODS = /** @type {Readonly<Record<string, string>>} */ ({
  every: 'some',
  some: 'every',
  min: 'max',
  max: 'min',
  ceil: 'floor',
  floor: 'ceil',
  toLowerCase: 'toUpperCase',
  filter: '',
  slice: '',
  trim: '',
  sort: '',
});

/**
 * Finds all that can be broken in a file. Types are left alone, and so is prose: what tells an operator of
 * a fault decides nothing.
 *
 * @param {ts.SourceFile} file
 * @returns {Mutation[]}
 */
export function findMutations(file) {
  /** @type {Mutation[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (isLeftAlone(node)) {
      return;
    }
    for (const text of replacementsOf(node, file)) {
      found.push({ node, text, kind: ts.isStatement(node) ? 'statement' : 'expression' });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** @param {ts.Node} node */
function isLeftAlone(node) {
  return (
    ts.isTypeNode(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    isDeclared(node) ||
    isProse(node)
  );
}

/** @param {ts.Node} node */
function isDeclared(node) {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === Kind.DeclareKeyword)
  );
}

/** Three words in a row. @param {ts.Node} node */
function isProse(node) {
  return (
    (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) &&
    /[a-z]{2,} [a-z]+ [a-z]+/i.test(node.getText())
  );
}

/**
 * @param {ts.Node} node
 * @param {ts.SourceFile} file
 * @returns {string[]}
 */
function replacementsOf(node, file) {
  const original = node.getText(file);
  return [
    ...conditionsOf(node),
    ...operatorsOf(node, file),
    ...literalsOf(node),
    ...callsOf(node, file),
    ...statementsOf(node, file),
  ].filter((text) => text !== original);
}

/** A condition that holds always, and never. @param {ts.Node} node @returns {string[]} */
function conditionsOf(node) {
  const { parent } = node;
  if (parent === undefined) {
    return [];
  }
  if (
    (ts.isIfStatement(parent) && parent.expression === node) ||
    (ts.isConditionalExpression(parent) && parent.condition === node)
  ) {
    return ['true', 'false'];
  }
  const isLoop =
    (ts.isWhileStatement(parent) && parent.expression === node) ||
    (ts.isForStatement(parent) && parent.condition === node);
  return isLoop ? ['false'] : [];
}

/** @param {ts.Node} node @param {ts.SourceFile} file @returns {string[]} */
function operatorsOf(node, file) {
  if (ts.isPrefixUnaryExpression(node)) {
    const isDropped = node.operator === Kind.ExclamationToken || node.operator === Kind.MinusToken;
    return isDropped ? [node.operand.getText(file)] : [];
  }
  if (!ts.isBinaryExpression(node) || isStep(node)) {
    return [];
  }
  const { left, operatorToken, right } = node;
  if (operatorToken.kind === Kind.PlusToken && (isText(left) || isText(right))) {
    return [];
  }
  return (OPERATORS[operatorToken.kind] ?? []).map(
    (operator) => `(${left.getText(file)}) ${operator} (${right.getText(file)})`,
  );
}

/** The step of a `for`: turned round, it never ends. @param {ts.Node} node */
function isStep(node) {
  return ts.isForStatement(node.parent) && node.parent.incrementor === node;
}

/** @param {ts.Node} node */
function isText(node) {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

/** @param {ts.Node} node @returns {string[]} */
function literalsOf(node) {
  if (isName(node)) {
    return [];
  }
  if (isText(node)) {
    return node.getText().length > 2 ? ["''"] : ["'mutant'"];
  }
  if (ts.isNumericLiteral(node)) {
    const value = Number(node.text);
    return value < 2 ? [String(value + 1)] : [String(value + 1), String(value - 1)];
  }
  if (node.kind === Kind.TrueKeyword || node.kind === Kind.FalseKeyword) {
    return [node.kind === Kind.TrueKeyword ? 'false' : 'true'];
  }
  if (ts.isRegularExpressionLiteral(node)) {
    return regexesOf(node.text);
  }
  return ts.isArrayLiteralExpression(node) && node.elements.length > 0 && !isPattern(node)
    ? ['[]']
    : [];
}

/** Names of members are no values. @param {ts.Node} node */
function isName(node) {
  const { parent } = node;
  return parent !== undefined && ts.isPropertyAssignment(parent) && parent.name === node;
}

/** The left side of an assignment. @param {ts.Node} node */
function isPattern(node) {
  return ts.isBinaryExpression(node.parent) && node.parent.left === node;
}

/** One that matches nothing, and one without each of its anchors. @param {string} text @returns {string[]} */
function regexesOf(text) {
  const end = text.lastIndexOf('/');
  const body = text.slice(1, end);
  const flags = text.slice(end + 1);
  const bodies = ['(?!)'];
  if (body.startsWith('^')) {
    bodies.push(body.slice(1));
  }
  if (body.endsWith('$')) {
    bodies.push(body.slice(0, -1));
  }
  return bodies.map((each) => `/${each}/${flags}`);
}

/** @param {ts.Node} node @param {ts.SourceFile} file @returns {string[]} */
function callsOf(node, file) {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) {
    return [];
  }
  const { expression: object, name, questionDotToken } = node.expression;
  const other = Object.hasOwn(METHODS, name.text) ? METHODS[name.text] : undefined;
  if (other === undefined || questionDotToken !== undefined) {
    return [];
  }
  const given = node.arguments.map((each) => each.getText(file)).join(', ');
  return [other === '' ? object.getText(file) : `${object.getText(file)}.${other}(${given})`];
}

/** What is left out, and what returns nothing. @param {ts.Node} node @param {ts.SourceFile} file @returns {string[]} */
function statementsOf(node, file) {
  if (ts.isThrowStatement(node) || ts.isContinueStatement(node)) {
    return [''];
  }
  if (ts.isExpressionStatement(node)) {
    return [''];
  }
  if (ts.isReturnStatement(node)) {
    const value = node.expression?.getText(file) ?? 'undefined';
    return value === 'undefined' || value === 'false' || value === "''"
      ? ['']
      : ['return undefined;'];
  }
  const isBody =
    ts.isArrowFunction(node.parent ?? node) &&
    /** @type {ts.ArrowFunction} */ (node.parent).body === node &&
    !ts.isBlock(node);
  return isBody && node.getText(file) !== 'undefined' ? ['undefined'] : [];
}
