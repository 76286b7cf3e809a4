// A mapping of the file, with the way to it. Whoever asks it for a value of some type gets one, or the
// findings have a fault.

/** @import { Findings, Path } from './findings.mjs' */

/** Kong and decK put another value in the place of these, and the file does not say which. */
const REFERENCE = /\{vault:\/\/|\$\{\{/;

export class Entity {
  /**
   * @param {Record<string, unknown>} value
   * @param {Path} path
   * @param {Findings} findings
   */
  constructor(value, path, findings) {
    this.value = value;
    this.path = path;
    this.findings = findings;
  }

  /**
   * @param {string} name
   * @returns {unknown} `undefined` where it is missing or null
   */
  get(name) {
    return Object.hasOwn(this.value, name) ? (this.value[name] ?? undefined) : undefined;
  }

  /**
   * @param {string} name
   * @returns {string | undefined}
   */
  text(name) {
    const value = this.get(name);
    return value === undefined ? undefined : this.#asText(value, [...this.path, name]);
  }

  /**
   * @param {string} name
   * @returns {string | undefined} a text with something in it
   */
  word(name) {
    const text = this.text(name);
    if (text === '') {
      this.fault('must not be empty', name);
    }
    return text;
  }

  /**
   * @param {string} name
   * @returns {string[] | undefined} texts of a list
   */
  texts(name) {
    return this.#list(name)?.flatMap((value, at) => {
      return this.#asText(value, [...this.path, name, at]) ?? [];
    });
  }

  /**
   * @param {string} name
   * @returns {number | undefined}
   */
  number(name) {
    const value = this.get(name);
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) {
      return value;
    }
    this.fault('must be a number', name);
    return undefined;
  }

  /**
   * @param {string} name
   * @param {boolean} preset where it is missing
   * @returns {boolean}
   */
  flag(name, preset) {
    const value = this.get(name) ?? preset;
    if (typeof value === 'boolean') {
      return value;
    }
    this.fault('must be true or false', name);
    return preset;
  }

  /**
   * @param {string} name
   * @returns {Entity} the mapping of this name, an empty one where there is none
   */
  child(name) {
    return this.#asEntity(this.get(name) ?? {}, [...this.path, name]);
  }

  /**
   * @param {string} name
   * @returns {Entity[]} the mappings of a list
   */
  children(name) {
    return (this.#list(name) ?? []).map((value, at) =>
      this.#asEntity(value, [...this.path, name, at]),
    );
  }

  /**
   * Warns of everything that it holds and nobody has asked for.
   *
   * @param {readonly string[]} known names of what is understood, or can be left out
   */
  warnOfOthers(known) {
    for (const name of Object.keys(this.value)) {
      if (this.get(name) !== undefined && !known.includes(name)) {
        this.warn('is not carried over', name);
      }
    }
  }

  /**
   * @param {string} text
   * @param {(string | number)[]} more the way on from here
   */
  fault(text, ...more) {
    this.findings.fault([...this.path, ...more], text);
  }

  /**
   * @param {string} text
   * @param {(string | number)[]} more the way on from here
   */
  warn(text, ...more) {
    this.findings.warn([...this.path, ...more], text);
  }

  /**
   * @param {string} name
   * @returns {unknown[] | undefined}
   */
  #list(name) {
    const value = this.get(name);
    if (value === undefined || Array.isArray(value)) {
      return value;
    }
    this.fault('must be a list', name);
    return undefined;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   * @returns {string | undefined}
   */
  #asText(value, path) {
    if (typeof value !== 'string') {
      this.findings.fault(path, 'must be a text; put quotes around it');
      return undefined;
    }
    if (REFERENCE.test(value)) {
      this.findings.fault(
        path,
        'is a reference to a value that is not in the file; write the value',
      );
      return undefined;
    }
    return value;
  }

  /**
   * @param {unknown} value
   * @param {Path} path
   */
  #asEntity(value, path) {
    const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isMapping) {
      this.findings.fault(path, 'must be a mapping');
    }
    const members = isMapping ? /** @type {Record<string, unknown>} */ (value) : {};
    return new Entity(members, path, this.findings);
  }
}
