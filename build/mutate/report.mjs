// What became of the mutants, for people.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @typedef {import('./instrument.mjs').Mutant} Mutant
 * @typedef {'killed' | 'hangs' | 'survived' | 'unreached'} Fate
 *
 * @typedef {object} Reason why a mutant may live
 * @property {string} file
 * @property {string} code the line, without the space around it
 * @property {string} from
 * @property {string} [to] absent: whatever it becomes
 * @property {string} reason
 */

/** What each folder must have at least, in percent. */
const LEAST_SCORE = 90;

/** @type {readonly Reason[]} */
const REASONS = JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'));

/**
 * Prints the score of each folder, and who lives without a reason.
 *
 * @param {readonly Mutant[]} mutants all
 * @param {ReadonlyMap<number, Fate>} fates of those that have been tried
 * @returns {boolean} whether all is well: nobody lives without a reason, and each folder has {@link LEAST_SCORE}
 */
export function printReport(mutants, fates) {
  const tried = mutants.filter(({ id }) => fates.has(id)).sort((one, other) => one.id - other.id);
  const alive = tried.filter((mutant) => !isDead(mutant, fates));
  const unexplained = alive.filter((mutant) => reasonOf(mutant) === undefined);
  for (const { id, file, line, code, from, to } of unexplained) {
    console.log(`${file}:${line}: ${fates.get(id)}: ${from}  ->  ${to || 'nothing'}\n    ${code}`);
  }
  const folders = [...new Set(tried.map(({ file }) => dirname(file)))];
  const rows = [...folders, 'all'].map((folder) => rowOf(folder, tried, unexplained, fates));
  console.table(Object.fromEntries(rows.map(({ folder, ...row }) => [folder, row])));
  const low = rows.filter((row) => row['killed %'] < LEAST_SCORE).map(({ folder }) => folder);
  if (low.length > 0) {
    console.log(`below ${LEAST_SCORE} %: ${low.join(', ')}`);
  }
  if (tried.length < mutants.length) {
    console.log(`${mutants.length - tried.length} of ${mutants.length} were not tried: no time`);
  } else {
    printStale(mutants, alive);
  }
  return unexplained.length === 0 && low.length === 0;
}

/**
 * @param {string} folder
 * @param {readonly Mutant[]} tried
 * @param {readonly Mutant[]} unexplained
 * @param {ReadonlyMap<number, Fate>} fates
 */
function rowOf(folder, tried, unexplained, fates) {
  const isHere = (/** @type {Mutant} */ { file }) => folder === 'all' || dirname(file) === folder;
  const here = tried.filter(isHere);
  const killed = here.filter((mutant) => isDead(mutant, fates)).length;
  const open = unexplained.filter(isHere).length;
  return {
    folder,
    mutants: here.length,
    killed,
    'killed %': percent(killed, here.length),
    'alive for a reason': here.length - killed - open,
    alive: open,
  };
}

/** @param {number} part @param {number} whole */
function percent(part, whole) {
  return Math.floor((1000 * part) / Math.max(whole, 1)) / 10;
}

/** Reasons for nobody. @param {readonly Mutant[]} mutants @param {readonly Mutant[]} alive */
function printStale(mutants, alive) {
  const files = new Set(mutants.map(({ file }) => file));
  for (const reason of REASONS.filter(({ file }) => files.has(file))) {
    if (!alive.some((mutant) => isFor(reason, mutant))) {
      console.log(
        `survivors.json: no such survivor: ${reason.file}: ${reason.from} -> ${reason.to}`,
      );
    }
  }
}

/** @param {Mutant} mutant @param {ReadonlyMap<number, Fate>} fates */
function isDead({ id }, fates) {
  const fate = fates.get(id);
  return fate === 'killed' || fate === 'hangs';
}

/** @param {Mutant} mutant */
function reasonOf(mutant) {
  return REASONS.find((reason) => isFor(reason, mutant));
}

/** @param {Reason} reason @param {Mutant} mutant */
function isFor({ file, code, from, to }, mutant) {
  return (
    file === mutant.file &&
    code === mutant.code &&
    from === mutant.from &&
    (to === undefined || to === mutant.to)
  );
}
