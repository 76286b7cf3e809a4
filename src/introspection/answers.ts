import { digestOf } from '../digest.ts';
import type { Zone } from '../zone.ts';
import { seal, unseal } from './seal.ts';

/**
 * Answers of introspection endpoints, for all workers: claims in the zone `auth_jwt_introspected`, each sealed with the token
 * that it is of; and in a zone of their own, so that invented tokens displace no good one, the tokens that are not active.
 */
export class IntrospectionAnswers {
  private readonly active: Zone | undefined;
  private readonly inactive: Zone | undefined;

  /**
   * @param active the zone `auth_jwt_introspected`; `undefined`: no claims are remembered
   * @param inactive the zone `auth_jwt_inactive`; `undefined`: of a token that is not active the endpoint is asked each time
   */
  constructor(active: Zone | undefined, inactive?: Zone | undefined) {
    this.active = active;
    this.inactive = inactive;
  }

  /** Whether good answers can be remembered. */
  isOn(): boolean {
    return this.active !== undefined;
  }

  /**
   * Finds what an endpoint said of a token.
   *
   * @param endpoint which endpoint, and for whom
   * @param token the token
   * @returns claims as JSON, `inactive`, or `undefined` where it has to be asked
   */
  async find(endpoint: string, token: string): Promise<string | 'inactive' | undefined> {
    const name = nameOf(endpoint, token);
    const stored = this.active?.getDated(name);
    if (stored === undefined) {
      return this.isInactive(name) ? 'inactive' : undefined;
    }
    return unseal(token, stored);
  }

  /**
   * Remembers it.
   *
   * @param claims claims as JSON, or `inactive`
   * @param seconds how long it counts
   */
  async add(endpoint: string, token: string, claims: string, seconds: number): Promise<void> {
    const { active, inactive } = this;
    if (seconds <= 0) {
      return;
    }
    const name = nameOf(endpoint, token);
    if (claims === 'inactive') {
      inactive?.setDated(slotOf(name), name, seconds);
      active?.remove(name);
    } else if (active !== undefined) {
      active.addDated(name, await seal(token, claims), seconds);
      // Another request may have heard meanwhile that the token has just been revoked. Claims are written before this look,
      // and the other request writes before it removes them: whichever is first, they do not stay.
      if (this.isInactive(name)) {
        active.remove(name);
      }
    }
  }

  private isInactive(name: string): boolean {
    return this.inactive?.getDated(slotOf(name)) === name;
  }
}

/**
 * Where it is remembered that a token is not active: one of 1,444 places, whose last token it displaces. The zone has room for
 * all of them, so that it is never full, however many tokens are invented.
 */
function slotOf(name: string): string {
  return name.slice(0, 2).toLowerCase();
}

function nameOf(endpoint: string, token: string): string {
  return digestOf(`introspected\n${endpoint}\n${token}`);
}
