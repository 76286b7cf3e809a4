import type { JsonObject } from '../json.ts';
import type { NginxRequest } from '../nginx.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { readKeyFile } from './file.ts';
import { type KeySet, parseJwks } from './jwks.ts';
import { requestKeys } from './request.ts';

/** Where keys come from. Keys of all sources form one set. */
export interface KeySources {
  /** Absolute paths of JWKS files: `$auth_jwt_key_file`. */
  readonly files: readonly string[];
  /** URIs of internal locations: `$auth_jwt_key_request`. */
  readonly requests: readonly string[];
}

/**
 * Reads every key source once. A source that fails does not take the others down: its refusal is
 * kept for the case that their keys do not suffice.
 *
 * @param r the request that needs the keys
 * @param sources at least one
 */
export async function loadKeys(r: NginxRequest, sources: KeySources): Promise<KeySet> {
  const parts: KeySet[] = [];
  for (const path of sources.files) {
    parts.push(await attempt(() => readKeyFile(path), `$auth_jwt_key_file "${path}"`));
  }
  for (const uri of sources.requests) {
    parts.push(await attempt(() => requestKeys(r, uri), `$auth_jwt_key_request "${uri}"`));
  }
  return merge(parts);
}

async function attempt(read: () => string | Promise<string>, source: string): Promise<KeySet> {
  try {
    return { keys: parseJwks(await read(), source) };
  } catch (error) {
    if (isRefusal(error)) {
      return { keys: [], failure: error };
    }
    throw error;
  }
}

function merge(parts: readonly KeySet[]): KeySet {
  const keys: JsonObject[] = [];
  let failure: Refusal | undefined;
  for (const part of parts) {
    keys.push(...part.keys);
    failure = failure ?? part.failure;
  }
  return failure ? { keys, failure } : { keys };
}
