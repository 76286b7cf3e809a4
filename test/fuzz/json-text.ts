// JSON as nobody writes it, and what is nearly JSON.

import type { Random } from './random.ts';

/** Members of an object: name, and text of the value. */
export type Members = (readonly [string, string])[];

/** Texts that stand where a value should; some of them are no JSON. */
const ODD_VALUES: readonly string[] = [
  ...['null', 'true', 'false', '""', '[]', '{}', '0', '-0', '1e400', '-1e400', '1E2', '0.5', '-1'],
  ...['9007199254740993', '1e-7', '123456789012345678901234567890', '[null]', '{"a":1}', '" "'],
  ...['"\\u0000"', '"\\ud800"', '"\\r\\nX-Admin: 1"', '"\u007f"', '"\u2028"', '"é"', '"\\/"'],
  ...['"__proto__"', '"constructor"', '[[[1]]]', '"😀"', '["a","a"]', '[1,"a"]', '"\\u0041"'],
];
const BROKEN_VALUES: readonly string[] = [
  ...['01', '1.', '.5', '+1', '0x10', 'NaN', 'Infinity', 'undefined', "'a'", '"\n"', '"\\x41"', ''],
  ...['[1,]', '{"a":}', '{a:1}', '"', '[', '1 2', '"a" "b"', '-', '1e', 'tru', '"\\u00"', '//1'],
];
const ODD_NAMES: readonly string[] = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a', 'ALG', 'alg ', 'é'],
  ...['jwk', 'jku', 'x5c', 'x5u', 'cty', 'zip', 'enc', 'nonce', 'b64', 'crit', 'length', '0'],
];

/** Around the greatest depth that is accepted, which is 24. */
const DEPTHS: readonly number[] = [2, 20, 22, 23, 23, 23, 24, 24, 24, 25, 31, 32, 33, 60];

/** The text of a value that is odd, and JSON for the most part. */
export function oddValue(random: Random): string {
  if (random.chance(0.1)) {
    return random.pick(BROKEN_VALUES);
  }
  return random.chance(0.1) ? nested(random) : random.pick(ODD_VALUES);
}

/**
 * Writes an object, perhaps oddly.
 *
 * @param random chance
 * @param members what is in it
 * @param oddity how odd it may become, from 0 to 1
 */
export function objectText(random: Random, members: Members, oddity: number): string {
  const written: Members = [...members];
  const is = (probability: number) => random.chance(probability * oddity);
  if (is(0.25)) {
    written.splice(random.below(written.length + 1), 0, [random.pick(ODD_NAMES), oddValue(random)]);
  }
  const [name, value] = written.length > 0 ? random.pick(written) : ['a', '1'];
  if (is(0.2)) {
    const other = random.chance(0.5) ? value : oddValue(random);
    written.splice(random.below(written.length + 1), 0, [name, other]);
  }
  if (is(0.2)) {
    written.splice(random.below(written.length), 1);
  }
  const space = is(0.2) ? random.pick([' ', '\n', '\t', '\r\n', '   ']) : '';
  const parts = written.map(([key, text]) => `${nameText(key, is(0.05))}:${space}${text}`);
  const text = `{${space}${parts.join(`,${space}`)}${space}}`;
  return is(0.12) ? spoil(random, text) : text;
}

/** Does something to a text that its bytes tell. */
function spoil(random: Random, text: string): string {
  switch (random.below(7)) {
    case 0:
      return `\ufeff${text}`;
    case 1:
      return `${text}${random.pick([' ', '\n', ',', '}', '\0', 'x', '{}'])}`;
    case 2:
      return `${random.pick([' ', '\n', '[', '\0', 'x', '/**/'])}${text}`;
    case 3:
      return `[${text}]`;
    case 4:
      return text.replace(/"/g, "'");
    case 5:
      return text.slice(0, random.below(text.length));
    default:
      return text.replace('}', ',}');
  }
}

function nameText(name: string, isEscaped: boolean): string {
  const text = JSON.stringify(name);
  return isEscaped
    ? text.replace(/[a-z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
    : text;
}

function nested(random: Random): string {
  const depth = random.pick(DEPTHS);
  return random.chance(0.5)
    ? '['.repeat(depth) + ']'.repeat(depth)
    : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}
