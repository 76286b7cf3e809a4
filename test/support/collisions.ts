// Names of members that make a parser slow: neither engine has a seed in its hashes, so anybody can choose names
// that fall into one bucket.

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Buckets of QuickJS's table of names, and more: those that agree in so many bits agree in fewer. */
const QUICKJS_MASK = 0x1fff;

/**
 * Names of four characters that QuickJS finds in one bucket: `h * 263 + c`, begun with 1.
 *
 * @param count how many
 */
export function collidingInQuickJs(count: number): string[] {
  const names: string[] = [];
  const extend = (name: string, hash: number): void => {
    if (name.length === 4) {
      if ((hash & QUICKJS_MASK) === 0) {
        names.push(name);
      }
      return;
    }
    for (const character of ALPHABET) {
      if (names.length === count) {
        return;
      }
      extend(name + character, (Math.imul(hash, 263) + character.charCodeAt(0)) | 0);
    }
  };
  extend('', 1);
  return names;
}

/**
 * Names whose hash is the very same in the njs engine: `h * 33 ^ c`, begun with 5381. They are made of blocks of three
 * characters, each of which leads to the same state as several others.
 *
 * @param count how many
 */
export function collidingInNjs(count: number): string[] {
  let state = 5381;
  let names = [''];
  while (names.length < count) {
    const [next, blocks] = mostAlike(state);
    names = names.flatMap((name) => blocks.map((block) => name + block));
    state = next;
  }
  return names.slice(0, count);
}

/** The state that most blocks lead to, and those blocks. */
function mostAlike(state: number): [number, string[]] {
  const byState = new Map<number, string[]>();
  const characters = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index));
  const safe = characters.filter((character) => !'"\\'.includes(character));
  const step = (hash: number, character: string) =>
    (Math.imul(hash, 33) ^ character.charCodeAt(0)) >>> 0;
  for (const a of safe) {
    for (const b of safe) {
      for (const c of safe) {
        const end = step(step(step(state, a), b), c);
        const blocks = byState.get(end) ?? [];
        blocks.push(a + b + c);
        byState.set(end, blocks);
      }
    }
  }
  return [...byState].reduce((best, one) => (one[1].length > best[1].length ? one : best));
}

/**
 * Names that are integers, of which the njs engine since 0.9 keeps the low bits.
 *
 * @param count how many
 */
export function collidingIntegers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(4096 * (index + 1)));
}
