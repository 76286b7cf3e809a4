/** Longest time that a setting may say: 100 years in seconds. */
const MAX_SECONDS = 100 * 365 * 86400;

/** Longest text of a time: of more digits the pattern below would try each as the first one. */
const MAX_TIME_LENGTH = 64;

/** nginx's time units, in seconds. */
const UNITS: readonly (readonly [string, number])[] = [
  ['ms', 0.001],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86400],
  ['w', 7 * 86400],
  ['M', 30 * 86400],
  ['y', 365 * 86400],
];

/**
 * Reads a time in nginx's notation: `500ms`, `30s`, `1h 30m`; a bare number is seconds.
 *
 * @param text value of a setting
 * @returns seconds, or `undefined` where the text is no time
 * @see https://nginx.org/en/docs/syntax.html
 */
export function parseTime(text: string): number | undefined {
  if (text.length > MAX_TIME_LENGTH) {
    return undefined;
  }
  const time = /^[0-9]+$/.test(text) ? `${text}s` : text;
  const parts = time.match(/[0-9]+[a-zA-Z]+/g);
  // What the pattern skipped must be white space.
  if (!parts || parts.join('') !== time.replace(/[ \t]+/g, '')) {
    return undefined;
  }
  let seconds = 0;
  for (const part of parts) {
    const unit = unitOf(part);
    if (unit === undefined) {
      return undefined;
    }
    seconds += parseInt(part, 10) * unit;
  }
  return seconds <= MAX_SECONDS ? seconds : undefined;
}

function unitOf(part: string): number | undefined {
  const suffix = part.replace(/^[0-9]+/, '');
  for (const [name, seconds] of UNITS) {
    if (name === suffix) {
      return seconds;
    }
  }
  return undefined;
}

/**
 * Reads a switch.
 *
 * @param text value of a setting
 * @returns `true` for `on`, `false` for `off`, else `undefined`
 */
export function parseSwitch(text: string): boolean | undefined {
  if (text === 'on') {
    return true;
  }
  return text === 'off' ? false : undefined;
}

const WHITE_SPACE = /[ \t\r\n]/;

/**
 * Splits a list at white space.
 *
 * @param text value of a setting
 * @returns its words, none for an empty text
 */
export function parseList(text: string): string[] {
  if (text === '') {
    return [];
  }
  // Most settings are one word, and splitting by a regular expression is slow.
  return WHITE_SPACE.test(text) ? text.split(/[ \t\r\n]+/).filter((word) => word !== '') : [text];
}
