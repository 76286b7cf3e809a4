import fs from 'fs';

import { type Refusal, refuse } from '../refusal.ts';
import { MAX_JWKS_LENGTH } from './jwks.ts';

/**
 * Reads a key file.
 *
 * @param path absolute path
 * @returns its content
 * @throws Refusal `keys_unavailable` where it cannot be read, is no regular file or is too long
 */
export function readKeyFile(path: string): string {
  const problem = findProblem(path);
  if (problem !== '') {
    throw unavailable(path, problem);
  }
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    throw unavailable(path, causeOf(error));
  }
}

/** Looks before it reads: a device or a pipe would hold the worker. */
function findProblem(path: string): string {
  try {
    const stats = fs.statSync(path);
    if (!stats.isFile()) {
      return 'it is not a regular file';
    }
    return stats.size > MAX_JWKS_LENGTH ? `it is longer than ${MAX_JWKS_LENGTH} bytes` : '';
  } catch (error) {
    return causeOf(error);
  }
}

/** `ENOENT`, `EACCES`: njs gives the code, and a message without the path. */
function causeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? error);
}

function unavailable(path: string, problem: string): Refusal {
  return refuse(
    'keys_unavailable',
    'auth_jwt_key_file',
    `$auth_jwt_key_file "${path}" cannot be read: ${problem}`,
  );
}
