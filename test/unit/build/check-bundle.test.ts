import { describe, expect, test } from 'vitest';
import { checkBundle, SIZE_BUDGET } from '../../../build/check-bundle.mjs';

/** The least that ships: `JSON` is in it, for a bundle that uses no global would not be ours. */
const GOOD = `
var handler = function (r) { r.return(200, JSON.stringify({})); };
var handlers = { handler: handler };
export default handlers;
`;

/** The bundle with this code in it. */
const withCode = (code: string) => `${code}\n${GOOD}`;

test('a bundle without fault is reported with its size', () => {
  expect(checkBundle(GOOD)).toMatch(
    new RegExp(`^${GOOD.length} bytes \\(0 % of its budget\\), \\d+ gzipped$`),
  );
});

describe('exports', () => {
  const EXPORTS = 'it must have one default export and no other';

  test.each([
    ['a list beside it', withCode('export { handler };')],
    [
      'a default in a list',
      GOOD.replace('export default handlers;', 'export { handlers as default };'),
    ],
    ['a list of another module', withCode('export * from "fs";')],
    ['none at all', GOOD.replace('export default handlers;', '')],
    ['two', `${GOOD}export default handler;`],
    ['the way of CommonJS', GOOD.replace('export default', 'export =')],
  ])('must be one default: %s', (_what, code) => {
    expect(() => checkBundle(code)).toThrow(EXPORTS);
  });

  test.each(['export var named = 1;', 'export function named() {}'])(
    'must be one default, with no declaration beside it: %s',
    (code) => {
      expect(() => checkBundle(withCode(code))).toThrow(EXPORTS);
    },
  );
});

describe('syntax', () => {
  test.each([
    ['let', 'let a = 1;'],
    ['const', 'const a = 1;'],
    ['let in a loop', 'for (let i = 0; i < 1; i += 1) {}'],
    ['an arrow function', 'var f = () => 1;'],
    ['a class', 'class A {}'],
    ['a class expression', 'var A = class {};'],
    ['for-of', 'for (var a of []) {}'],
    ['a spread array', 'var a = [...[]];'],
    ['a spread call', 'handler(...[]);'],
    ['a spread object', 'var a = { ...{} };'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is for the bundle
    ['a template', 'var a = `${1}`;'],
    ['a template without places', 'var a = `a`;'],
    ['an object pattern', 'var { a } = {};'],
    ['an array pattern', 'var [a] = [];'],
    ['an assignment to a pattern', 'var a; [a] = [1];'],
    ['a default parameter', 'function f(a = 1) {}'],
    ['an async function', 'async function f() {}'],
    ['await', 'async function f() { await 1; }'],
    ['a generator', 'function* f() {}'],
    ['optional chaining', 'var a = handler?.b;'],
    ['nullish assignment', 'var a; a ??= 1;'],
    ['catch without a name', 'try {} catch {}'],
    ['a number with n', 'var a = 1n;'],
    ['a regular expression with u', 'var a = /a/u;'],
    ['import()', 'import("fs");'],
    ['an import of another module', 'import a from "http";'],
    ['an import by name', 'import { readFileSync } from "fs";'],
  ])('must be ES5: %s', (_what, code) => {
    expect(() => checkBundle(withCode(`\n${code}`))).toThrow('line 2: not ES5');
  });

  test.each(['crypto', 'fs'])('may import %s, whole', (name) => {
    expect(() => checkBundle(withCode(`import a from "${name}";`))).not.toThrow();
  });
});

describe('globals', () => {
  test.each([
    ...[
      'Map',
      'Set',
      'WeakMap',
      'BigInt',
      'Proxy',
      'Reflect',
      'structuredClone',
      'fetch',
      'console',
    ],
    ...['process', 'require', 'window', 'TextEncoder', 'atob', 'queueMicrotask', 'Intl'],
  ])('must be in both njs engines: %s is not', (name) => {
    expect(() => checkBundle(withCode(`var a = ${name};`))).toThrow(
      `the global ${name} is not in both njs engines`,
    );
  });

  test.each(['Array', 'Buffer', 'Date', 'Object', 'Promise', 'crypto', 'ngx', 'setTimeout'])(
    'may be used: %s',
    (name) => {
      expect(() => checkBundle(withCode(`var a = ${name};`))).not.toThrow();
    },
  );

  test('that the bundle declares itself are none', () => {
    expect(() =>
      checkBundle(withCode('var Map = function () {}; var a = new Map();')),
    ).not.toThrow();
  });

  test.each(['globalThis', 'eval', 'Function'])('cannot be reached by way of %s', (name) => {
    expect(() => checkBundle(withCode(`var a = ${name};`))).toThrow(`${name} is not to be used`);
  });

  test('must be found at all', () => {
    expect(() => checkBundle(GOOD.replace('JSON.stringify({})', ''))).toThrow('it is broken');
  });
});

test.each(['fromEntries', 'hasOwn', 'flat', 'flatMap', 'at', 'replaceAll'])(
  'the member .%s does not exist in the njs engine',
  (name) => {
    expect(() => checkBundle(withCode(`var a = Object.${name};`))).toThrow(
      `line 1: .${name} does not exist in the njs engine`,
    );
  },
);

test('a bundle over its budget does not ship', () => {
  const pad = (length: number) => `/*${'x'.repeat(length - GOOD.length - 4)}*/${GOOD}`;
  expect(checkBundle(pad(SIZE_BUDGET))).toContain('100 %');
  expect(() => checkBundle(pad(SIZE_BUDGET + 1))).toThrow(
    `it has ${SIZE_BUDGET + 1} bytes, its budget is ${SIZE_BUDGET}`,
  );
  expect(() => checkBundle(pad(SIZE_BUDGET).replace('/*x', '/*ü'))).toThrow('its budget is');
});

test('all faults are told at once', () => {
  const code = `let a = new Map();\nexport { a };\n${GOOD}`;
  expect(() => checkBundle(code)).toThrow(/one default export[\s\S]*not ES5[\s\S]*the global Map/);
});
