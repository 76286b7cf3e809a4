/** Where lines for the error log go: a request, or nginx itself. */
export interface Log {
  /** Writes at level `info`. */
  log(message: string): void;
  /** Writes at level `warn`. */
  warn(message: string): void;
  /** Writes at level `error`. */
  error(message: string): void;
}
