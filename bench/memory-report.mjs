// The memory of a worker as Markdown, beside what is to be reached.

import { options } from './options.mjs';
import { table } from './table.mjs';

/** The most, in MB, that a worker may have beside its zones, and by which it may grow when warm. */
const MOST_BESIDE_ZONES = 20;
const FLAT = 1;

/**
 * @param {import('./memory.mjs').MemorySeries[]} series
 * @returns {string} empty where there is none
 */
export function renderMemory(series) {
  if (series.length === 0) {
    return '';
  }
  const { tokens, step, steps } = options.memory;
  const middle = Math.floor(steps / 2);
  const moments = [0, 1, middle, steps];
  const head = [
    'MB: resident / of it outside the zones',
    'zones',
    ...moments.map((index) => (index === 0 ? 'started' : `${number(index * step)} requests`)),
    'growth since warm',
    'to reach',
    '',
  ];
  const lines = series.map(({ contender, zones, samples }) => {
    const [, warm, ...later] = samples.map(({ memory }) => memory);
    const growth = Math.max(...later.map(({ own }) => own)) - (warm?.own ?? 0);
    const most = Math.max(...samples.map(({ memory }) => memory.resident));
    const isReached = growth <= FLAT * 1024 && most <= (zones + MOST_BESIDE_ZONES) * 1024;
    return [
      contender.title,
      String(zones),
      ...moments.map((index) => {
        const { resident = 0, own = 0 } = samples[index]?.memory ?? {};
        return `${megabytes(resident)} / ${megabytes(own)}`;
      }),
      megabytes(growth),
      `≤ ${FLAT}, resident ≤ ${zones + MOST_BESIDE_ZONES}`,
      isReached ? 'reached' : '**not reached**',
    ];
  });
  return [
    `To reach: flat after warm-up, within zones + ${MOST_BESIDE_ZONES} MB. ${number(step * steps)} requests with ` +
      `${number(tokens)} tokens in turn, ES256. With the zones as shipped so many signatures do not fit: by the time that a ` +
      'token comes again it has been forgotten, so that every request verifies, remembers and makes room. In the larger ' +
      `zone all of them fit. Memory is looked at after every ${number(step)} requests, and *growth* is the most that any ` +
      'look after the first has over the first, outside the zones.',
    table(head, lines),
  ].join('\n\n');
}

/** @param {number} value */
function number(value) {
  return value.toLocaleString('en');
}

/** @param {number} kilobytes */
function megabytes(kilobytes) {
  return (kilobytes / 1024).toFixed(1);
}
