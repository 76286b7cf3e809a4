// What there is to say of a file, each with the place that it is about. Values are not quoted: they may
// be secrets.

/** The way to a place in the file: names of mappings and places in lists. @typedef {readonly (string | number)[]} Path */

/** Why a file cannot be converted: `faults` has a line for each cause, for people. */
export class KongError extends Error {
  /** @param {readonly string[]} faults */
  constructor(faults) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/** Collects what is found on the way through a file. */
export class Findings {
  /** What has been left out or weakened. @type {string[]} */
  warnings = [];
  /** What the user should know or do. @type {string[]} */
  notes = [];
  /** @type {string[]} */
  #faults = [];
  /** @type {(path: Path) => number | undefined} */
  #lineOf;

  /** @param {(path: Path) => number | undefined} lineOf tells the line of a place */
  constructor(lineOf) {
    this.#lineOf = lineOf;
  }

  /**
   * Something is lost, and the rest is as it was.
   *
   * @param {Path} path
   * @param {string} text
   */
  warn(path, text) {
    add(this.warnings, this.#at(path, text));
  }

  /**
   * Nothing may be written.
   *
   * @param {Path} path
   * @param {string} text
   */
  fault(path, text) {
    add(this.#faults, this.#at(path, text));
  }

  /** @param {string} text */
  note(text) {
    add(this.notes, text);
  }

  /**
   * Ends the way where there was a fault.
   *
   * @throws {KongError}
   */
  end() {
    if (this.#faults.length > 0) {
      throw new KongError(this.#faults);
    }
  }

  /**
   * @param {Path} path
   * @param {string} text
   */
  #at(path, text) {
    const line = this.#lineOf(path);
    const place = showPath(path);
    return `${line === undefined ? '' : `line ${line}: `}${place === '' ? '' : `${place}: `}${text}`;
  }
}

/**
 * What has been said once is enough.
 *
 * @param {string[]} lines
 * @param {string} line
 */
function add(lines, line) {
  const text = toOneLine(line);
  if (!lines.includes(text)) {
    lines.push(text);
  }
}

/**
 * Names of the file stand in what is said, and it goes to a terminal: no line ends, no commands to it, and
 * nothing that turns the direction of writing.
 *
 * @param {string} text
 */
function toOneLine(text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

/** @param {Path} path */
function showPath(path) {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}
