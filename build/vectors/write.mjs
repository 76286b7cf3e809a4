// Writes test/vectors/own-attacks.json: node build/vectors/write.mjs

import { writeFileSync } from 'node:fs';
import { generate } from './generate.mjs';

const { cases, ...suite } = generate();
const lines = cases.map((one) => JSON.stringify(one)).join(',\n');
const head = JSON.stringify({ ...suite, cases: [] }).slice(0, -2);
writeFileSync(
  new URL('../../test/vectors/own-attacks.json', import.meta.url),
  `${head}\n${lines}\n]}\n`,
);
console.log(`${cases.length} cases`);
