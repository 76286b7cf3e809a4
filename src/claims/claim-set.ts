import type { ClaimPath } from './path.ts';

/** One word of `$auth_jwt_claim_set`: a variable that a claim fills. */
export interface ClaimOutlet {
  /** Name of the variable, without `$`. */
  readonly variable: string;
  /** Where the claim stands. */
  readonly path: ClaimPath;
  /** Whether the variable holds JSON, so that no two claims give one text. */
  readonly isJson: boolean;
}
