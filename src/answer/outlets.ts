import type { NginxVariables } from '../nginx.ts';

/** What a variable of nginx can be called; other names are never looked up. */
const PLAIN_NAME = /^[a-z0-9_]+$/;

/** Most names that are remembered; others are looked up each time. */
const MAX_NAMES = 256;

/**
 * Which variable there is for a claim or a header parameter. The configuration decides, so a context of
 * QuickJS has to look once for each name.
 */
export class Outlets {
  private readonly known: { [outlet: string]: string | undefined } = Object.create(null);
  private count = 0;

  /**
   * Finds the variable of a member.
   *
   * @param prefix `jwt_claim_` or `jwt_header_`
   * @param name name of the member, in a token that is vouched for
   * @param variables the variables of any request
   * @returns the name of the variable; empty where the configuration declares none
   */
  find(prefix: string, name: string, variables: NginxVariables): string {
    const outlet = prefix + name;
    const known = this.known[outlet];
    if (known !== undefined) {
      return known;
    }
    const found = PLAIN_NAME.test(name) && outlet in variables ? outlet : '';
    if (this.count < MAX_NAMES) {
      this.known[outlet] = found;
      this.count += 1;
    }
    return found;
  }
}
