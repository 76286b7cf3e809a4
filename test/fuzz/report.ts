import type { FuzzResult } from './fuzz.ts';
import type { Rule } from './known.ts';

/** What a run came to, in words. */
export function report(result: FuzzResult, rules: readonly Rule[]): string {
  const { cases, valid, verdicts, known, findings, seconds, memory } = result;
  const explained = [...known.values()].reduce((sum, count) => sum + count, 0);
  const agreed = cases - explained - findings.length;
  return [
    `${cases} cases in ${seconds.toFixed(1)} s, ${Math.round(cases / seconds)} a second`,
    `agreed: ${agreed}, of them valid for both: ${valid}`,
    `known disagreements: ${explained}`,
    ...rules.map(({ name, reason }) => `  ${count(known.get(name))}  ${name} (${reason})`),
    `unknown disagreements and faults: ${findings.length}`,
    'our verdicts:',
    ...[...verdicts]
      .sort(([, one], [, other]) => other - one)
      .map(([name, number]) => `  ${count(number)}  ${name}`),
    `heap: ${memory[0].heap} MB once warm, ${memory[1].heap} MB at the end`,
    `process: ${memory[0].resident} MB once warm, ${memory[1].resident} MB at the end`,
  ].join('\n');
}

function count(number = 0): string {
  return String(number).padStart(8);
}
