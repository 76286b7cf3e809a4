import { expect } from 'vitest';
import type { NoAuthReason } from '../../src/reasons.ts';

/** Matches a refusal, for `toThrow` and `rejects.toEqual`. */
export function refused(reason: NoAuthReason, detail = ''): unknown {
  return expect.objectContaining({ kind: 'refusal', reason, detail });
}

/** Matches a refusal whose text for the error log is this or matches it. */
export function explained(reason: NoAuthReason, detail: string, explanation: string): unknown {
  return expect.objectContaining({ kind: 'refusal', reason, detail, explanation });
}
