import type { ClaimPath } from './path.ts';

/** One word of `$auth_jwt_claim_set`: a variable that a claim fills. */
export interface ClaimOutlet {
  /** Name of the variable, without `$`. */
  readonly variable: string;
  /** Where the claim stands. */
  readonly path: ClaimPath;
}
