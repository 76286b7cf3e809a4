// The figures as Markdown.

import { BASE, RIVAL } from './contenders.mjs';
import { renderInstructions } from './instructions.mjs';
import { renderLimits } from './limits.mjs';
import { renderMemory } from './memory-report.mjs';
import { options } from './options.mjs';
import { renderParts } from './parts.mjs';
import { summarize } from './summary.mjs';
import { table } from './table.mjs';

/** @type {Record<string, string>} */
const TITLES = {
  hot: 'One token, again and again',
  warm: `${options.tokens.toLocaleString('en')} tokens in turn, all of them seen before`,
  unseen: 'Tokens never seen before',
};

/**
 * @param {import('./run.mjs').Result[]} results
 * @param {import('./memory.mjs').MemorySeries[]} memory
 * @param {import('./parts.mjs').Parts} parts
 * @param {import('./instructions.mjs').Instructions[]} instructions
 * @param {string[]} machine
 * @returns {string}
 */
export function renderReport(results, memory, parts, instructions, machine) {
  return `${[
    '# Benchmarks',
    'Written by `make bench`. What is compared, and how: [bench/README.md](../bench/README.md).',
    ...section('## What is to be reached', renderLimits(results)),
    '## The machine',
    '**The ratios are the result.** The absolute figures are those of one machine on one day:',
    machine.join('\n'),
    ...renderWorkloads(results),
    ...section('## Where the time goes', renderParts(parts)),
    ...section('## Instructions', renderInstructions(instructions)),
    ...section('## Memory', renderMemory(memory)),
    ...renderInFull(results),
  ].join('\n\n')}\n`;
}

/**
 * @param {string} title
 * @param {string} content
 * @returns {string[]} nothing where there is no content
 */
function section(title, content) {
  return content === '' ? [] : [title, content];
}

/**
 * @param {import('./run.mjs').Result[]} results
 * @returns {string[]}
 */
function renderWorkloads(results) {
  if (results.length === 0) {
    return [];
  }
  const parts = [
    '## CPU added over plain nginx',
    'µs of CPU time for each request, all processes counted, less those of plain nginx in the same round.',
  ];
  for (const workload of new Set(results.map((result) => result.workload))) {
    const ofWorkload = results.filter((result) => result.workload === workload);
    parts.push(`### ${TITLES[workload]}`, renderSummary(ofWorkload));
  }
  return parts;
}

/**
 * @param {import('./run.mjs').Result[]} results
 * @returns {string[]}
 */
function renderInFull(results) {
  if (results.length === 0) {
    return [];
  }
  const parts = [
    '## In full',
    'CPU: µs for each request. Latencies: µs, with the gateway saturated. Memory: resident, of the worker (shared zones ' +
      'included, as far as touched) and of the service.',
  ];
  for (const { workload, algorithm, series } of results) {
    parts.push(`### ${TITLES[workload]}: ${algorithm}`, renderDetails(summarize(series)));
  }
  return parts;
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

/** @param {import('./summary.mjs').Row[]} rows */
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
    String(Math.round(p50)),
    String(Math.round(p99)),
    `${Math.round(memory / 1024)} MB`,
  ]);
  return table(
    ['', 'requests/s', 'CPU', '÷ plain', 'CPU added', '÷ C module', 'p50', 'p99', 'memory'],
    lines,
  );
}
