/** What a validator is asked to hold a token to. */
export interface Policy {
  /** Accepted values of `alg`. */
  readonly algorithms: readonly string[];
  /** Accepted values of `iss`; absent: any. */
  readonly issuers?: readonly string[];
  /** Accepted values of `aud`; absent: any. */
  readonly audiences?: readonly string[];
  /** Accepted `typ` of the header; absent: any. */
  readonly typ?: string;
  /** Clock skew in seconds. */
  readonly leeway: number;
  /** Whether `exp` must be there. */
  readonly requireExp: boolean;
  /** Greatest age in seconds; absent: any. */
  readonly maxAge?: number;
}

/** Where tokens are judged. */
export interface Scene {
  /** Text of the key set, which may be no JSON. */
  readonly jwks: string;
  readonly policy: Policy;
}

/** One token, and where it is judged. */
export interface Case extends Scene {
  readonly token: string;
  /** Clock, in seconds since the epoch. */
  readonly now: number;
}

/** What a validator says. */
export interface Verdict {
  readonly isValid: boolean;
  /** Its words for the cause; empty where the token is valid. */
  readonly why: string;
  /** The claims of a token that is valid, as JSON. */
  readonly claims?: string;
  /** Something that must not happen, whatever the token. */
  readonly fault?: string;
}
