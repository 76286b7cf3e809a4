import type { Case, Scene } from './case.ts';
import { createJwks } from './key-sets.ts';
import { mutate } from './mutate.ts';
import { createPolicy } from './policies.ts';
import { createRandom, type Random } from './random.ts';
import { createToken } from './tokens.ts';
import type { World } from './world.ts';

/** How many cases have one key set and one policy. */
export const SCENE_LENGTH = 200;

/** So that scenes and cases of one number have nothing in common. */
const SCENES = 0x5ce4e;

/** The key set and policy of so many cases. */
export function createScene(world: World, seed: number, number: number): Scene {
  const random = createRandom(seed ^ SCENES, number);
  return { jwks: createJwks(random, world), policy: createPolicy(random) };
}

/**
 * A case: a function of the seed and its number, whatever came before.
 *
 * @param world keys and tokens
 * @param scene where it is judged
 * @param seed the seed of the run
 * @param number which case
 */
export function createCase(world: World, scene: Scene, seed: number, number: number): Case {
  const token = draw(createRandom(seed, number), world);
  return { ...scene, token, now: world.now };
}

function draw(random: Random, world: World): string {
  const token = random.chance(0.45) ? createToken(random, world) : random.pick(world.tokens);
  let altered = token;
  const rounds = random.pick([0, 0, 0, 1, 1, 1, 2]);
  for (let count = 0; count < rounds; count += 1) {
    altered = mutate(random, world, altered);
  }
  return altered;
}
