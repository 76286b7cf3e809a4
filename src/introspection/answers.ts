import { digestOf } from '../digest.ts';
import type { Zone } from '../zone.ts';
import { seal, unseal } from './seal.ts';

/** What is stored of a token that is not active: the token itself is the key, so this says nothing. */
const INACTIVE = '-';

/**
 * Answers of introspection endpoints in the zone `auth_jwt_introspected`, for all workers, each sealed with the
 * token that it is of.
 */
export class IntrospectionAnswers {
  private readonly zone: Zone | undefined;

  /** @param zone the zone; `undefined`: nothing is remembered */
  constructor(zone: Zone | undefined) {
    this.zone = zone;
  }

  /** Whether anything can be remembered. */
  isOn(): boolean {
    return this.zone !== undefined;
  }

  /**
   * Finds what an endpoint said of a token.
   *
   * @param endpoint which endpoint, and for whom
   * @param token the token
   * @returns claims as JSON, `inactive`, or `undefined` where it has to be asked
   */
  async find(endpoint: string, token: string): Promise<string | 'inactive' | undefined> {
    const stored = this.zone?.getDated(nameOf(endpoint, token));
    if (stored === undefined || stored === INACTIVE) {
      return stored === undefined ? undefined : 'inactive';
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
    if (this.zone === undefined || seconds <= 0) {
      return;
    }
    const name = nameOf(endpoint, token);
    if (claims !== 'inactive') {
      // Not over what another request has heard meanwhile: it may be that the token has just been revoked.
      this.zone.addDated(name, await seal(token, claims), seconds);
    } else if (
      !this.zone.addDated(name, INACTIVE, seconds) &&
      this.zone.getDated(name) !== INACTIVE
    ) {
      this.zone.setDated(name, INACTIVE, seconds);
    }
  }
}

function nameOf(endpoint: string, token: string): string {
  return digestOf(`introspected\n${endpoint}\n${token}`);
}
