/** What is said of one {@link NoAuthReason}, wherever it is said. */
export interface ReasonEntry {
  /** HTTP status of the refusal. 401 and 403 blame the request, 500 blames the gateway. */
  readonly status: 401 | 403 | 500;
  /** `error` of the `WWW-Authenticate` challenge (RFC 6750, section 3.1); empty: none is named. */
  readonly error: '' | 'invalid_token' | 'insufficient_scope';
  /** Seconds after which a client may try again (`Retry-After`); 0: trying again does not help. */
  readonly retryAfter: number;
  /** Short name of the problem: `title` of RFC 9457. */
  readonly title: string;
  /** One sentence for the client: `detail` of RFC 9457, `error_description` of RFC 6750. */
  readonly description: string;
  /** The words of the plain JSON answer, `{"success": false, "error": "…"}`. */
  readonly brief: string;
}

const makeReasons = () =>
  ({
    empty_token: {
      status: 401,
      error: '',
      retryAfter: 0,
      title: 'Token missing',
      description: 'The request carries no token.',
      brief: 'token is empty',
    },
    invalid_jwt: {
      status: 401,
      error: 'invalid_token',
      retryAfter: 0,
      title: 'Token malformed',
      description: 'The token is not a well-formed signed JWT.',
      brief: 'token is malformed',
    },
    bad_algorithm: {
      status: 401,
      error: 'invalid_token',
      retryAfter: 0,
      title: 'Algorithm not accepted',
      description: 'The token is signed with an algorithm that is not accepted here.',
      brief: 'token algorithm is not accepted',
    },
    unknown_key: {
      status: 401,
      error: 'invalid_token',
      retryAfter: 0,
      title: 'Key unknown',
      description: 'The token is signed with a key that is not known here.',
      brief: 'token key is unknown',
    },
    bad_signature: {
      status: 401,
      error: 'invalid_token',
      retryAfter: 0,
      title: 'Signature invalid',
      description: 'The signature of the token does not verify.',
      brief: 'invalid signature',
    },
    not_active: {
      status: 401,
      error: 'invalid_token',
      retryAfter: 0,
      title: 'Token not active',
      description: 'The token has expired or is not valid yet.',
      brief: 'token is not active',
    },
    bad_issuer: {
      status: 401,
      error: 'invalid_token',
      retryAfter: 0,
      title: 'Issuer not accepted',
      description: 'The token comes from an issuer that is not accepted here.',
      brief: 'token issuer is not accepted',
    },
    bad_audience: {
      status: 401,
      error: 'invalid_token',
      retryAfter: 0,
      title: 'Audience not accepted',
      description: 'The token is meant for another audience.',
      brief: 'token audience is not accepted',
    },
    bad_claim: {
      status: 401,
      error: 'invalid_token',
      retryAfter: 0,
      title: 'Claim not accepted',
      description: 'A required claim of the token is missing or is not accepted.',
      brief: 'token claim is not accepted',
    },
    bad_binding: {
      status: 401,
      error: 'invalid_token',
      retryAfter: 0,
      title: 'Bound token not accepted',
      description: 'The token is bound to a key, and bound tokens are not accepted here.',
      brief: 'bound token is not accepted',
    },
    no_roles: {
      status: 403,
      error: 'insufficient_scope',
      retryAfter: 0,
      title: 'Not authorized',
      description: 'The token does not grant access to this resource.',
      brief: 'you are not authorized to access this resource',
    },
    revoked: {
      status: 401,
      error: 'invalid_token',
      retryAfter: 0,
      title: 'Token revoked',
      description: 'The token has been revoked.',
      brief: 'token is revoked',
    },
    bad_introspection: {
      status: 500,
      error: '',
      retryAfter: 1,
      title: 'Introspection failed',
      description: 'The token could not be checked with its issuer.',
      brief: 'introspection failed',
    },
    keys_unavailable: {
      status: 500,
      error: '',
      retryAfter: 1,
      title: 'Keys unavailable',
      description: 'The keys to check the token with cannot be had at the moment.',
      brief: 'keys are unavailable',
    },
    cannot_parse: {
      status: 500,
      error: '',
      retryAfter: 0,
      title: 'Unreadable answer',
      description: 'A service that the gateway depends on gave an answer that cannot be read.',
      brief: 'parsing error',
    },
    bad_configuration: {
      status: 500,
      error: '',
      retryAfter: 0,
      title: 'Gateway misconfigured',
      description: 'The gateway is not configured correctly.',
      brief: 'gateway is misconfigured',
    },
    generic_error: {
      status: 500,
      error: '',
      retryAfter: 0,
      title: 'Unexpected error',
      description: 'Something unforeseen happened in the gateway.',
      brief: 'something unknown happened :O',
    },
  }) as const satisfies Record<string, ReasonEntry>;

let made: ReturnType<typeof makeReasons> | undefined;

/**
 * Every value that `$no_auth_reason` can have. This table is the one definition: the doors, the
 * error answers, the documentation and the tests are made from it or compared with it. It is made for
 * the first who asks: the njs engine would make it for each request, and most are not refused.
 */
export function reasons(): ReturnType<typeof makeReasons> {
  made = made ?? makeReasons();
  return made;
}

/** Why a request was refused: the value of `$no_auth_reason`. */
export type NoAuthReason = keyof ReturnType<typeof makeReasons>;

/**
 * Tells whether a text is one of the reasons.
 *
 * @param text any text, the value of an nginx variable for example
 */
export function isNoAuthReason(text: string): text is NoAuthReason {
  return Object.prototype.hasOwnProperty.call(reasons(), text);
}
