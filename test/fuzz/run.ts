// Random tokens and key sets, judged by us and by jose: `make fuzz`.
//
// Environment: FUZZ_SECONDS (20) or FUZZ_CASES, how long; FUZZ_SEED, 32 bits. What is found is written to dist/fuzz/.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fuzz } from './fuzz.ts';
import { RULES } from './known.ts';
import { report } from './report.ts';

const FOLDER = 'dist/fuzz';
/** Clock of all cases; any will do. */
const NOW = 1_700_000_000;

const seed = number('FUZZ_SEED', Math.floor(Math.random() * 2 ** 32));
const cases = number('FUZZ_CASES', Number.POSITIVE_INFINITY);
const seconds = number(
  'FUZZ_SECONDS',
  cases === Number.POSITIVE_INFINITY ? 20 : Number.POSITIVE_INFINITY,
);

console.log(`fuzz: SEED=${seed}`);
const result = await fuzz({ seed, cases, seconds, now: NOW, onProgress: console.error });
console.log(report(result, RULES));
for (const finding of result.findings) {
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/${seed}-${finding.number}.json`;
  writeFileSync(file, `${JSON.stringify(finding, undefined, 2)}\n`);
  console.log(`${file}: ${finding.problem}\n${JSON.stringify(finding, undefined, 2)}`);
}
process.exitCode = result.findings.length > 0 ? 1 : 0;

function number(name: string, otherwise: number): number {
  const value = Number(process.env[name] || otherwise);
  if (!(value >= 0)) {
    console.error(`fuzz: ${name}=${process.env[name]}: a number is wanted`);
    process.exit(2);
  }
  return value;
}
