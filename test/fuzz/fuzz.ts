import type { Case, Verdict } from './case.ts';
import { type Comparison, compare, type Judges, judgesOf } from './compare.ts';
import { createCase, createScene, SCENE_LENGTH } from './generate.ts';
import { createJose } from './judge-jose.ts';
import { createOurs } from './judge-ours.ts';
import { shrink } from './shrink.ts';
import { createWorld } from './world.ts';

/** What to do. */
export interface FuzzOptions {
  /** Decides everything. */
  readonly seed: number;
  /** Most cases, and longest time. */
  readonly cases: number;
  readonly seconds: number;
  /** Clock of the cases, in seconds since the epoch. */
  readonly now: number;
  /** Told now and then how far it is. */
  readonly onProgress?: (text: string) => void;
  /** It ends once so many have been found (3): they are likely one and the same. */
  readonly maxFindings?: number;
  /** Others who judge in our place, to see that it would be noticed. */
  readonly replaceOurs?: (judge: Judges['ours']) => Judges['ours'];
}

/** A case that must not be, as small as it could be made. */
export interface Finding {
  readonly number: number;
  readonly problem: string;
  readonly case: Case;
  readonly ours: Verdict;
  readonly jose: Verdict;
  /** The case as it was found. */
  readonly found: Case;
}

/** In MB. */
interface Memory {
  /** What JavaScript holds. */
  readonly heap: number;
  /** The whole process. */
  readonly resident: number;
}

/** What came of it. */
export interface FuzzResult {
  readonly cases: number;
  /** Tokens that are valid for both. */
  readonly valid: number;
  /** How often our verdict was what. */
  readonly verdicts: ReadonlyMap<string, number>;
  /** How often a rule explained a disagreement. */
  readonly known: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
  readonly seconds: number;
  /** Memory after the first scenes and at the end. */
  readonly memory: readonly [Memory, Memory];
}

/** How many cases are judged at a time: their signatures are verified side by side. */
const BATCH = 100;
/** Scenes until everything has been used once. */
const WARM_UP = 25;

/** Judges random cases until there have been enough. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { seed, now, maxFindings = 3 } = options;
  // The stacks of what is refused cost more than the refusals.
  Error.stackTraceLimit = 0;
  const world = createWorld(seed, now);
  const begin = Date.now();
  const tally = { cases: 0, valid: 0, verdicts: new Map(), known: new Map() };
  const findings: Finding[] = [];
  let before = memory();
  const isOver = () =>
    tally.cases >= options.cases ||
    Date.now() - begin >= options.seconds * 1000 ||
    findings.length >= maxFindings;
  for (let scene = 0; !isOver(); scene += 1) {
    const place = createScene(world, seed, scene);
    // Every eighth scene without a memory.
    const ours = createOurs(place, scene % 8 === 7 ? '' : `${seed} ${scene}`);
    const judges = { ours: options.replaceOurs?.(ours) ?? ours, jose: createJose(place) };
    for (let first = 0; first < SCENE_LENGTH && !isOver(); first += BATCH) {
      const numbers = Array.from(
        { length: Math.min(BATCH, options.cases - tally.cases) },
        (_, index) => scene * SCENE_LENGTH + first + index,
      );
      const batch = numbers.map((number) => createCase(world, place, seed, number));
      const comparisons = await Promise.all(batch.map((one) => compare(one, judges)));
      for (const [index, comparison] of comparisons.entries()) {
        count(tally, comparison);
        if (comparison.problem !== undefined && findings.length < maxFindings) {
          const found = batch[index] as Case;
          findings.push(await toFinding(numbers[index] as number, found, comparison));
        }
      }
    }
    before = scene < WARM_UP ? memory() : before;
    if (scene % 500 === 499) {
      options.onProgress?.(`fuzz: ${tally.cases} cases`);
    }
  }
  const seconds = (Date.now() - begin) / 1000;
  return { ...tally, findings, seconds, memory: [before, memory()] };

  async function toFinding(number: number, found: Case, comparison: Comparison): Promise<Finding> {
    const again = async (smaller: Case) => {
      const judges = judgesOf(smaller);
      const ours = options.replaceOurs?.(judges.ours) ?? judges.ours;
      return compare(smaller, { ...judges, ours });
    };
    const small = await shrink(
      found,
      world,
      async (smaller) => (await again(smaller)).problem === comparison.problem,
    );
    const last = await again(small);
    return {
      number,
      problem: comparison.problem ?? '',
      case: small,
      ours: last.ours,
      jose: last.jose,
      found,
    };
  }
}

function count(
  tally: {
    cases: number;
    valid: number;
    verdicts: Map<string, number>;
    known: Map<string, number>;
  },
  { ours, jose, rule }: Comparison,
): void {
  const add = (counts: Map<string, number>, name: string) =>
    counts.set(name, (counts.get(name) ?? 0) + 1);
  tally.cases += 1;
  tally.valid += ours.isValid && jose.isValid ? 1 : 0;
  add(tally.verdicts, ours.isValid ? 'valid' : ours.why);
  if (rule !== undefined) {
    add(tally.known, rule);
  }
}

function memory(): Memory {
  // With `node --expose-gc` it is what is held, and not what nobody has swept up.
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: Math.round(heapUsed / 2 ** 20), resident: Math.round(rss / 2 ** 20) };
}
