// The same cases through a real nginx: key sets and policies are locations of it, tokens are requests.

import { type Connection, get, openConnection } from '../support/connection.ts';
import type { Nginx } from '../support/nginx.ts';
import { protect } from '../support/policy.ts';
import type { Door } from '../support/runtimes.ts';
import type { Case, Scene } from './case.ts';
import { type Comparison, compare, type Judges } from './compare.ts';
import { createCase, createScene } from './generate.ts';
import { createJose } from './judge-jose.ts';
import { createOurs } from './judge-ours.ts';
import { settingsOf } from './policies.ts';
import { createRandom } from './random.ts';
import { createWorld, type World } from './world.ts';

/** Locations, and what they are made of. */
export interface Places {
  readonly world: World;
  readonly scenes: readonly Scene[];
  /** For `server {}`. */
  readonly conf: string;
  /** Key sets by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface NginxTally {
  sent: number;
  /** Tokens that cannot stand in a header. */
  skipped: number;
  passed: number;
  /** Passed by a rule that explains why jose would refuse. */
  explained: number;
  /** Answers 500 for a key set that cannot be read. */
  keySetFaults: number;
  /** Cases for which there is another answer than there should be. */
  readonly problems: string[];
}

const SCENES = 24;
const CONNECTIONS = 8;
const MAX_PROBLEMS = 5;

/** Makes the locations of a run. */
export function createPlaces(seed: number, doors: readonly Door[]): Places {
  const world = createWorld(seed, Math.floor(Date.now() / 1000));
  const scenes = Array.from({ length: SCENES }, (_, index) => {
    const scene = createScene(world, seed, index);
    // One of them at least cannot be read.
    return index === 0 ? { ...scene, jwks: scene.jwks.slice(0, -1) } : scene;
  });
  const locations = scenes.flatMap(({ policy }, index) =>
    doors.map((door) =>
      protect(door, {
        path: pathOf(door, index),
        settings: { key_file: fileOf(index), ...settingsOf(policy) },
        inside: 'alias /srv/index.html;',
      }),
    ),
  );
  return {
    world,
    scenes,
    conf: locations.join('\n'),
    files: Object.fromEntries(scenes.map(({ jwks }, index) => [fileOf(index), jwks])),
  };
}

/**
 * Sends cases and compares the answers with what both judges say meanwhile.
 *
 * @param nginx where the places are
 * @param places the places
 * @param options the seed of the places, which doors there are, and which cases are sent
 */
export async function fuzzNginx(
  nginx: Pick<Nginx, 'port'>,
  places: Places,
  options: {
    readonly seed: number;
    readonly doors: readonly Door[];
    readonly from: number;
    readonly cases: number;
  },
): Promise<NginxTally> {
  const { world, scenes } = places;
  const { seed, doors, from, cases } = options;
  const tally = { sent: 0, skipped: 0, passed: 0, explained: 0, keySetFaults: 0, problems: [] };
  const judges = scenes.map((scene, index): Judges => {
    return { ours: createOurs(scene, `nginx ${from} ${index}`), jose: createJose(scene) };
  });
  let next = from;
  await Promise.all(Array.from({ length: CONNECTIONS }, runOne));
  return tally;

  async function runOne(): Promise<void> {
    let connection: Connection | undefined;
    while (next < from + cases && tally.problems.length < MAX_PROBLEMS) {
      const number = next;
      next += 1;
      const random = createRandom(seed ^ 0x71ace, number);
      const place = random.below(scenes.length);
      const door = random.pick(doors);
      const one = createCase(world, scenes[place] as Scene, seed, number);
      if (!canBeSent(one.token)) {
        tally.skipped += 1;
        continue;
      }
      connection = connection?.isOpen ? connection : await openConnection(nginx);
      const request = get(pathOf(door, place), Buffer.from(one.token).toString('latin1'));
      const before = Math.floor(Date.now() / 1000);
      const { status, body } = await connection.exchange(request);
      const after = Math.floor(Date.now() / 1000);
      const answer = status === 200 ? 'valid' : `${status} ${reasonIn(body)}`;
      await judge(number, door, one, answer, [before, after], judges[place] as Judges, tally);
    }
    connection?.close();
  }
}

/** Whether the answer is right for the second in which it was asked, or the one in which it came. */
async function judge(
  number: number,
  door: Door,
  one: Case,
  answer: string,
  [before, after]: readonly [number, number],
  judges: Judges,
  tally: NginxTally,
): Promise<void> {
  tally.sent += 1;
  let comparison = await compare({ ...one, now: before }, judges);
  if (!fits(one, answer, comparison) && after > before) {
    comparison = await compare({ ...one, now: after }, judges);
  }
  const { ours, jose, rule, problem } = comparison;
  if (problem !== undefined || !fits(one, answer, comparison)) {
    const verdicts = `ours: ${ours.why || 'valid'}, jose: ${jose.why || 'valid'}, ${problem ?? rule}`;
    tally.problems.push(`${number} ${door}: ${answer}; ${verdicts}\n${JSON.stringify(one)}`);
  }
  tally.passed += answer === 'valid' ? 1 : 0;
  tally.explained += answer === 'valid' && !jose.isValid ? 1 : 0;
  tally.keySetFaults += answer.startsWith('500') ? 1 : 0;
}

/** Never 200 but for what is valid, never 5xx but for a key set that cannot be read. */
function fits({ token }: Case, answer: string, { ours }: Comparison): boolean {
  if (answer === '401 bad_algorithm' && isEdwards(token)) {
    // Which no nginx of the runtimes has.
    return true;
  }
  const reason = ours.why.split('/')[0] ?? '';
  const status = reason === 'cannot_parse' ? 500 : 401;
  return answer === (ours.isValid ? 'valid' : `${status} ${reason}`);
}

function isEdwards(token: string): boolean {
  try {
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
    return header.alg === 'EdDSA' || header.alg === 'Ed25519';
  } catch {
    return false;
  }
}

/** Neither control characters, nor halves of characters; nginx takes white space at the end away. */
function canBeSent(token: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  return !/[\x00-\x1f\x7f\ud800-\udfff]|\s$/u.test(token);
}

function reasonIn(body: string): string {
  try {
    return JSON.parse(body).reason;
  } catch {
    return body.slice(0, 80);
  }
}

function pathOf(door: Door, index: number): string {
  return `/${door}/${index}`;
}

function fileOf(index: number): string {
  return `/keys-${index}.json`;
}
