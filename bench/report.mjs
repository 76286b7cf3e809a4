// The figures as Markdown.

import { options } from './options.mjs';

const BASE = 'plain';
const RIVAL = 'c-module';

/** @type {Record<string, string>} */
const TITLES = {
  hot: 'One token, again and again',
  warm: `${options.tokens.toLocaleString('en')} tokens in turn, all of them seen before`,
  unseen: 'Tokens never seen before',
};

/**
 * @typedef {object} Row medians over the rounds
 * @property {import('./contenders.mjs').Contender} contender
 * @property {number} rate
 * @property {number} cpu
 * @property {number} added CPU over plain nginx in the same round
 * @property {number} p50
 * @property {number} p99
 * @property {number} memory
 */

/**
 * @param {import('./run.mjs').Result[]} results
 * @param {string[]} machine
 * @returns {string}
 */
export function renderReport(results, machine) {
  const parts = [
    '# Benchmarks',
    'Written by `make bench`. What is compared, and how: [bench/README.md](../bench/README.md).',
    '**The ratios are the result.** The absolute figures are those of one machine on one day:',
    machine.join('\n'),
    '## CPU added over plain nginx',
    'µs of CPU time for each request, all processes counted, less those of plain nginx in the same round.',
  ];
  for (const workload of new Set(results.map((result) => result.workload))) {
    const ofWorkload = results.filter((result) => result.workload === workload);
    parts.push(`### ${TITLES[workload]}`, renderSummary(ofWorkload));
  }
  parts.push(
    '## In full',
    'CPU: µs for each request. Latencies: µs, with the gateway saturated. Memory: resident, of the worker (shared zones ' +
      'included, as far as touched) and of the service.',
  );
  for (const { workload, algorithm, series } of results) {
    parts.push(`### ${TITLES[workload]}: ${algorithm}`, renderDetails(summarize(series)));
  }
  return `${parts.join('\n\n')}\n`;
}

/** @param {import('./run.mjs').Result[]} results of one workload */
function renderSummary(results) {
  const columns = results.map(({ algorithm, series }) => ({ algorithm, rows: summarize(series) }));
  const contenders = new Map(
    columns.flatMap(({ rows }) => rows.map(({ contender }) => [contender.name, contender])),
  );
  contenders.delete(BASE);
  const lines = [...contenders.values()].map(({ name, title }) => [
    title,
    ...columns.map(({ rows }) => {
      const row = rows.find(({ contender }) => contender.name === name);
      return row ? row.added.toFixed(1) : '–';
    }),
  ]);
  return table(['', ...columns.map(({ algorithm }) => algorithm)], lines);
}

/** @param {Row[]} rows */
function renderDetails(rows) {
  const base = rows.find(({ contender }) => contender.name === BASE);
  const rival = rows.find(({ contender }) => contender.name === RIVAL);
  const lines = rows.map(({ contender, rate, cpu, added, p50, p99, memory }) => [
    contender.title,
    Math.round(rate).toLocaleString('en'),
    cpu.toFixed(1),
    base ? (cpu / base.cpu).toFixed(2) : '–',
    contender.name === BASE ? '' : added.toFixed(1),
    rival && contender.name !== BASE ? (added / rival.added).toFixed(2) : '',
    String(p50),
    String(p99),
    `${Math.round(memory / 1024)} MB`,
  ]);
  return table(
    ['', 'requests/s', 'CPU', '÷ plain', 'CPU added', '÷ C module', 'p50', 'p99', 'memory'],
    lines,
  );
}

/**
 * @param {import('./run.mjs').Series[]} series
 * @returns {Row[]}
 */
function summarize(series) {
  const base = series.find(({ contender }) => contender.name === BASE)?.rounds ?? [];
  return series.map(({ contender, rounds }) => ({
    contender,
    rate: median(rounds.map(({ rate }) => rate)),
    cpu: median(rounds.map(({ cpu }) => cpu)),
    added: median(rounds.map(({ cpu }, round) => cpu - (base[round]?.cpu ?? 0))),
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    memory: rounds.at(-1)?.memory ?? 0,
  }));
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/**
 * @param {string[]} head
 * @param {string[][]} lines
 */
function table(head, lines) {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
