import type { JsonObject } from '../json.ts';

/** One who uses the services behind the gateway: Kong's consumer. Absent members are empty. */
export interface Consumer {
  /** Its identifier: `X-Consumer-ID`. */
  readonly id: string;
  /** Its name: `X-Consumer-Username`. */
  readonly username: string;
  /** What another system calls it: `X-Consumer-Custom-ID`. */
  readonly customId: string;
  /** The `key` of the credential that was used: `X-Credential-Identifier`. */
  readonly credential: string;
}

/** How consumers are found. */
export interface ConsumerPolicy {
  /** The claim, or header parameter, that names the credential: `$auth_jwt_key_claim_name`. */
  readonly claim: string;
  /** `id` or `username` of the consumer for those who pass unknown: `$auth_jwt_anonymous_consumer`. */
  readonly anonymous?: string;
}

/**
 * A credential in the form of a JWK (RFC 7517): `kid` is what the key claim must say, `alg` the one algorithm
 * that counts, and `consumer` whose it is. A consumer without credentials has an entry with nothing else.
 */
export interface Credential extends JsonObject {
  readonly consumer: JsonObject;
}

/**
 * Reads whose a credential is.
 *
 * @param credential an entry of {@link parseConsumers}
 */
export function ownerOf({ consumer, kid }: Credential): Consumer {
  return {
    id: textIn(consumer, 'id'),
    username: textIn(consumer, 'username'),
    customId: textIn(consumer, 'custom_id'),
    credential: typeof kid === 'string' ? kid : '',
  };
}

function textIn(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}
