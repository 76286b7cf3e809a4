import type { JsonObject } from '../json.ts';
import type { NginxVariables } from '../nginx.ts';
import { isTrimmed, toHeaderValue } from './header-value.ts';

/** What a variable of nginx can be called; other names are never looked up. */
const PLAIN_NAME = /^[a-z0-9_]+$/;

/** Most names that are remembered; others are looked up each time. */
const MAX_NAMES = 256;

/**
 * The variables that there are for the members of one half of a token. The configuration decides, so a
 * context of QuickJS has to look once for each name.
 */
export class Outlets {
  private readonly prefix: string;
  private readonly known: { [name: string]: string | undefined } = Object.create(null);
  private count = 0;

  /** @param prefix `jwt_claim_`, `jwt_header_`, or nothing: then the names are those of variables */
  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /**
   * Finds the variable of a member.
   *
   * @param name name of the member, in a token that is vouched for
   * @param variables the variables of any request
   * @returns the name of the variable; empty where the configuration declares none
   */
  find(name: string, variables: NginxVariables): string {
    const known = this.known[name];
    if (known !== undefined) {
      return known;
    }
    const outlet = this.prefix + name;
    const found = PLAIN_NAME.test(name) && outlet in variables ? outlet : '';
    if (this.count < MAX_NAMES) {
      this.known[name] = found;
      this.count += 1;
    }
    return found;
  }

  /**
   * Fills what variables there are for an object.
   *
   * @param object claims or header
   * @param isPlain whether every text in it may stand in a header of HTTP as it is
   * @param variables the variables of the request: they tell which there are
   * @param target what to write to: the same, or a note of what to write
   */
  fill(
    object: JsonObject,
    isPlain: boolean,
    variables: NginxVariables,
    target: { [variable: string]: string | undefined },
  ): void {
    const { known } = this;
    for (const name of Object.keys(object)) {
      let outlet = known[name];
      if (outlet === undefined) {
        outlet = this.find(name, variables);
      }
      if (outlet !== '') {
        const value = object[name];
        target[outlet] =
          isPlain && typeof value === 'string' && isTrimmed(value) ? value : toHeaderValue(value);
      }
    }
  }
}
