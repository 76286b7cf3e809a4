// Makes one ES module that both njs engines run.
//
// esbuild bundles the sources, TypeScript lowers the bundle to ES5: esbuild cannot lower destructuring,
// spread or for-of, and TypeScript 7 can no longer emit ES5. In that order the helpers that TypeScript
// adds appear once. `downlevelIteration` stays off: the sources iterate over arrays only, and plain
// indexed loops are a fifth smaller and much faster in the njs engine than the iterator protocol.

import { build, transform } from 'esbuild';
import ts from 'typescript';
import { ROOT } from './run.mjs';

/**
 * Compiles a module for nginx.
 *
 * @param {string} entryPoint path in the project
 * @returns {Promise<string>} one file with a default export
 */
export async function compile(entryPoint) {
  return spellDefaultExport(await print(lowerToEs5(await bundleSources(entryPoint))));
}

/**
 * @param {string} entryPoint
 * @returns {Promise<string>} the sources as one ES module of modern JavaScript
 */
async function bundleSources(entryPoint) {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entryPoint],
    bundle: true,
    charset: 'utf8',
    external: ['crypto', 'fs'],
    format: 'esm',
    legalComments: 'none',
    target: 'es2022',
    tsconfig: 'src/tsconfig.json',
    write: false,
  });
  const [file] = result.outputFiles;
  if (!file) {
    throw new Error('esbuild wrote nothing');
  }
  return file.text;
}

/** @param {string} code modern JavaScript */
function lowerToEs5(code) {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES5,
      module: ts.ModuleKind.ESNext,
      newLine: ts.NewLineKind.LineFeed,
    },
  });
  return outputText;
}

/**
 * Prints the code anew: without comments, indented by two.
 *
 * @param {string} code
 */
async function print(code) {
  const result = await transform(code, { charset: 'utf8', format: 'esm', target: 'es5' });
  return result.code;
}

/**
 * esbuild ends a module with `export { name as default };`, which the oldest njs refuses.
 *
 * @param {string} code
 */
function spellDefaultExport(code) {
  return code.replace(/export \{\s*(\w+) as default\s*\};/, 'export default $1;');
}
