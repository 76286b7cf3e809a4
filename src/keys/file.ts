import fs from 'fs';

import { type Refusal, refuse } from '../refusal.ts';
import { MAX_JWKS_LENGTH } from './jwks.ts';

/**
 * Reads a file of keys, or another that the configuration names.
 *
 * @param path absolute path
 * @param setting the setting that names it: detail of the refusal
 * @returns its content
 * @throws Refusal `keys_unavailable` where it cannot be read, is no regular file or is too long
 */
export function readKeyFile(path: string, setting = 'auth_jwt_key_file'): string {
  const problem = findProblem(path);
  if (problem !== '') {
    throw unavailable(setting, path, problem);
  }
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    throw unavailable(setting, path, causeOf(error));
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

function unavailable(setting: string, path: string, problem: string): Refusal {
  return refuse('keys_unavailable', setting, `$${setting} "${path}" cannot be read: ${problem}`);
}
