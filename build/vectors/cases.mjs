// How the groups say what a case is.

import { NOW } from './tokens.mjs';

/** @typedef {keyof typeof import('./keys.mjs').KEYSETS} KeySetName */

/**
 * What a case is about. `keys` is the name of a key set, a key set, or a text that may be no JSON.
 *
 * @typedef {object} Subject
 * @property {string} token
 * @property {KeySetName | { readonly keys: readonly object[] } | { readonly text: string }} [keys] `hmac` where nothing is said
 * @property {object} [policy] what the configuration asks for
 * @property {number} [now] clock of the verdict, where that of today would give another one
 * @property {string} [comment]
 */

/**
 * One case, as it stands in the file.
 *
 * @typedef {object} OwnCase
 * @property {string} id
 * @property {string} comment
 * @property {'jwt'} layer
 * @property {string} rule what it follows from
 * @property {string} token
 * @property {unknown} [alg]
 * @property {'valid' | 'invalid'} expect
 * @property {string} [reason] value of `$no_auth_reason`
 * @property {string} [detail] value of `$no_auth_detail`
 * @property {number} now
 * @property {boolean} live
 * @property {readonly string[]} tags
 * @property {string} [jwks_ref]
 * @property {object} [jwks]
 * @property {string} [jwks_text]
 * @property {object} [policy]
 */

/** Collects the cases of one group. */
export class Group {
  /** @type {OwnCase[]} */
  cases = [];

  /**
   * @param {string} name
   * @param {string} rule what its cases follow from, where they say nothing else
   */
  constructor(name, rule) {
    this.name = name;
    this.rule = rule;
  }

  /**
   * A token that must pass.
   *
   * @param {string} id
   * @param {Subject} subject
   * @param {string} [rule]
   */
  valid(id, subject, rule) {
    this.#add(id, subject, { expect: 'valid' }, rule);
  }

  /**
   * A token that must be refused.
   *
   * @param {string} id
   * @param {string} verdict reason and detail, with a slash between them
   * @param {Subject} subject
   * @param {string} [rule]
   */
  invalid(id, verdict, subject, rule) {
    const [reason = '', detail = ''] = verdict.split('/');
    this.#add(id, subject, { expect: 'invalid', reason, detail }, rule);
  }

  /**
   * @param {string} id
   * @param {Subject} subject
   * @param {Pick<OwnCase, 'expect' | 'reason' | 'detail'>} verdict
   * @param {string} [rule]
   */
  #add(id, { token, keys = 'hmac', policy, now, comment }, verdict, rule = this.rule) {
    const alg = algOf(token);
    this.cases.push({
      id: `own/${this.name}/${encodeURIComponent(id)}`,
      comment: comment ?? id.replaceAll('-', ' '),
      layer: 'jwt',
      rule,
      ...keysOf(keys),
      token,
      ...(alg === undefined ? {} : { alg }),
      ...verdict,
      now: now ?? NOW,
      live: now === undefined,
      ...(policy ? { policy } : {}),
      tags: [this.name],
    });
  }
}

/** @param {NonNullable<Subject['keys']>} keys */
function keysOf(keys) {
  if (typeof keys === 'string') {
    return { jwks_ref: keys };
  }
  return 'text' in keys ? { jwks_text: keys.text } : { jwks: keys };
}

/** @param {string} token */
function algOf(token) {
  try {
    return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).alg;
  } catch {
    return undefined;
  }
}
