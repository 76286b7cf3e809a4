import type { JsonObject } from '../json.ts';
import { readKeyFile } from '../keys/file.ts';
import { parseJwks } from '../keys/jwks.ts';
import { isRefusal, refuse } from '../refusal.ts';

/** The setting that names the files. */
export const FILE_SETTING = 'auth_jwt_signing_key_file';

/**
 * Reads the keys that sign. For each token anew: a key that was put there signs at once, and nothing
 * of it outlives the request.
 *
 * @param paths absolute paths of JWK Sets or single JWKs
 * @returns the keys of all files, in their order
 * @throws Refusal `bad_configuration` where one cannot be read or is no key set; it quotes the path, and
 * nothing of the content
 */
export function readSigningKeys(paths: readonly string[]): JsonObject[] {
  try {
    return paths.reduce<JsonObject[]>(
      (keys, path) =>
        keys.concat(parseJwks(readKeyFile(path, FILE_SETTING), `$${FILE_SETTING} "${path}"`)),
      [],
    );
  } catch (thrown) {
    throw isRefusal(thrown)
      ? refuse('bad_configuration', FILE_SETTING, thrown.explanation)
      : thrown;
  }
}
