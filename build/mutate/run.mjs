// Mutation testing: breaks the sources on purpose, one small change after another, and looks whether a
// unit test fails. `make mutate` (FILES="src/claims src/zone.ts" SECONDS=600; RESUME=1 leaves out whoever
// the run before has killed, in files that are as they were).
//
// All mutants of a file live in one text, and a number says which one counts. A first run tells which
// tests reach which mutant; then each mutant meets the tests of its own file, and whoever lives the others.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tryAll } from './batch.mjs';
import { instrument } from './instrument.mjs';
import { printReport } from './report.mjs';

/**
 * @typedef {import('./instrument.mjs').Mutant} Mutant
 * @typedef {import('./report.mjs').Fate} Fate
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'dist/mutate');
const UNIT = join(ROOT, 'test/unit');

/** Those that read the sources as text, are of the tools, or throw dice and measure times. */
const OTHERS = /^(?:build|architecture|docs|fuzz|properties|timing)\b/;

const files = (process.env.FILES || 'src/token src/keys src/signature src/claims')
  .split(/\s+/)
  .filter((each) => each !== '')
  .flatMap(sourcesIn);
const seconds = Number(process.env.SECONDS || Number.MAX_SAFE_INTEGER / 1000);
const begin = Date.now();
const end = begin + seconds * 1000;

const before = process.env.RESUME ? readKilled() : new Set();
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const mutants = mix(prepare(files));
const tests = await findTests();
const fates = await tryMutants();
const isWell = printReport(mutants, fates);
writeKilled();
console.log(`${files.length} files, ${Math.round((Date.now() - begin) / 1000)} s`);
process.exit(isWell ? 0 : 1);

/** @param {string} path a file or a folder @returns {string[]} */
function sourcesIn(path) {
  if (path.endsWith('.ts')) {
    return [path];
  }
  const found = readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' });
  return found
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => join(path, file))
    .sort();
}

/** Writes the instrumented sources. @param {readonly string[]} paths @returns {Mutant[]} */
function prepare(paths) {
  /** @type {Mutant[]} */
  const all = [];
  /** @type {Record<string, string>} */
  const texts = {};
  for (const file of paths) {
    const made = instrument(file, readFileSync(join(ROOT, file), 'utf8'), all.length + 1);
    texts[join(ROOT, file)] = made.text;
    all.push(...made.mutants);
  }
  writeFileSync(join(FOLDER, 'sources.json'), JSON.stringify(texts));
  return all;
}

/** From all files by turns: a run that has no time for all of them has some of each. @param {Mutant[]} all */
function mix(all) {
  const step = 7919;
  return all
    .map((_mutant, at) => all[(at * step) % all.length])
    .filter((each) => each !== undefined);
}

/** Finds which tests reach which mutants; those that fail as it is are of no use. */
async function findTests() {
  const paths = readdirSync(UNIT, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !OTHERS.test(path))
    .sort();
  const trials = paths.map((path, index) => ({
    name: `t${index}`,
    id: 0,
    tests: [join(UNIT, path)],
    reached: join(FOLDER, `reached-${index}`),
  }));
  const outcomes = await tryAll(FOLDER, trials, Number.POSITIVE_INFINITY);
  const found = paths.flatMap((path, index) => {
    const file = join(FOLDER, `reached-${index}`);
    if (outcomes.get(`t${index}`) !== 'passed' || !existsSync(file)) {
      console.log(`test/unit/${path} fails with nothing broken, and is left out`);
      return [];
    }
    /** @type {number[]} */
    const reached = JSON.parse(readFileSync(file, 'utf8'));
    return [{ path, reached: new Set(reached) }];
  });
  await expectPeace(found.map(({ path }) => join(UNIT, path)));
  return found;
}

/** Tests that fail for one another's sake would kill whoever comes. @param {readonly string[]} all */
async function expectPeace(all) {
  const trials = [{ name: 'all', id: 0, tests: all }];
  const outcome = (await tryAll(FOLDER, trials, Number.POSITIVE_INFINITY)).get('all');
  if (outcome !== 'passed') {
    throw new Error(
      `the unit tests fail with nothing broken where one follows another: ${outcome}`,
    );
  }
}

/** @returns {Promise<Map<number, Fate>>} */
async function tryMutants() {
  /** @type {Map<number, Fate>} */
  const found = new Map();
  for (const mutant of mutants) {
    if (before.has(nameOf(mutant))) {
      found.set(mutant.id, 'killed');
    }
  }
  let alive = mutants.filter(({ id }) => !found.has(id));
  alive = await meet(alive, (path, mutant) => isOf(path, mutant), found);
  alive = await meet(alive, isNext, found);
  await meet(alive, (path, mutant) => !isOf(path, mutant) && !isNext(path, mutant), found);
  return found;
}

/** Whether a test is one of the few that reach the mutant and little else. @param {string} path @param {Mutant} mutant */
function isNext(path, mutant) {
  return tests
    .filter(({ reached, path: other }) => reached.has(mutant.id) && !isOf(other, mutant))
    .sort((one, other) => one.reached.size - other.reached.size)
    .slice(0, 4)
    .some(({ path: next }) => next === path);
}

/** What a mutant is called from one run to the next: with all of its file. @param {Mutant} mutant */
function nameOf({ file, line, code, from, to }) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return createHash('sha256').update(`${text}\n${line}\n${code}\n${from}\n${to}`).digest('hex');
}

/** @returns {Set<string>} */
function readKilled() {
  const path = join(FOLDER, 'killed.json');
  return new Set(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : []);
}

/** Of two that are told apart by nothing but their column, both must be dead. */
function writeKilled() {
  const names = mutants.map((mutant) => ({ name: nameOf(mutant), fate: fates.get(mutant.id) }));
  const alive = new Set(names.filter(({ fate }) => fate !== 'killed').map(({ name }) => name));
  const living = mutants.filter((mutant) => alive.has(nameOf(mutant)));
  const told = living.map((mutant) => ({ ...mutant, fate: fates.get(mutant.id) }));
  writeFileSync(join(FOLDER, 'alive.json'), JSON.stringify(told, undefined, 2));
  const killed = new Set(names.map(({ name }) => name).filter((name) => !alive.has(name)));
  writeFileSync(join(FOLDER, 'killed.json'), JSON.stringify([...killed, ...before]));
}

/**
 * Lets mutants meet tests.
 *
 * @param {readonly Mutant[]} some
 * @param {(path: string, mutant: Mutant) => boolean} meets which tests
 * @param {Map<number, Fate>} found what became of them
 * @returns {Promise<Mutant[]>} those that live
 */
async function meet(some, meets, found) {
  const trials = some.flatMap((mutant) => {
    const { id } = mutant;
    const met = tests.filter(({ path, reached }) => reached.has(id) && meets(path, mutant));
    if (!tests.some(({ reached }) => reached.has(id))) {
      found.set(id, 'unreached');
    }
    return met.length === 0
      ? []
      : [{ name: `m${id}`, id, tests: met.map(({ path }) => join(UNIT, path)) }];
  });
  const outcomes = await tryAll(FOLDER, trials, end);
  for (const { name, id } of trials) {
    const outcome = outcomes.get(name);
    if (outcome !== undefined) {
      found.set(id, outcome === 'passed' ? 'survived' : outcome === 'hangs' ? 'hangs' : 'killed');
    } else {
      found.delete(id);
    }
  }
  const isTried = (/** @type {Mutant} */ { id }) =>
    outcomes.has(`m${id}`) || !trials.some((trial) => trial.id === id);
  return some.filter(({ id }) => (found.get(id) ?? 'survived') === 'survived').filter(isTried);
}

/** Whether a test is of the file itself: `time.test.ts`, `ring.lock.test.ts`. @param {string} path @param {Mutant} mutant */
function isOf(path, { file }) {
  const own = file.replace(/^src\//, '').replace(/\.ts$/, '');
  const name = basename(own);
  return (
    path === `${own}.test.ts` ||
    (path.startsWith(`${own}.`) && basename(path).startsWith(`${name}.`))
  );
}
