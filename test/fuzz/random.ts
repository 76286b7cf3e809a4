// Chance that can be had again: the same seed gives the same numbers, on every machine.

/** A source of chance. */
export interface Random {
  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number;
  /** Whether something happens that does so with this probability. */
  chance(probability: number): boolean;
  /** One of a list that is not empty. */
  pick<Item>(list: readonly Item[]): Item;
  /** So many bytes. */
  bytes(length: number): Buffer;
}

/**
 * Makes a source of chance: the small fast counter of Chris Doty-Humphrey, `sfc32`.
 *
 * @param seed 32 bits
 * @param stream another 32 bits: the number of a case, for each to be had by itself
 */
export function createRandom(seed: number, stream = 0): Random {
  let [a, b, c, counter] = [seed | 0, stream | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) {
    next();
  }
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    chance: (probability) => next() < probability * 2 ** 32,
    pick: <Item>(list: readonly Item[]) => list[below(list.length)] as Item,
    bytes: (length) => Buffer.from(Array.from({ length }, () => next() & 0xff)),
  };
}
