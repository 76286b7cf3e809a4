/** Variables by name, without `$`. */
export interface Rendered {
  [variable: string]: string;
}

/**
 * What others have worked out of a token, and would work out again each time it comes. Never what
 * decides: without it everything is as it is with it.
 */
export interface Derived {
  /** The variables that it fills, and the list of additional ones that they were made for. */
  rendered?: Rendered;
  renderedFor?: object;
  /** The policy that its claims agree with, as far as the time of day has no part in it. */
  agreedWith?: object;
}
