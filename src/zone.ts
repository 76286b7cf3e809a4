/** The part of a shared dictionary that is used here (njs 0.8.5 and later). */
interface SharedDict {
  get(key: string): string | undefined;
  set(key: string, value: string, timeout: number): unknown;
  add(key: string, value: string, timeout: number): boolean;
  delete(key: string): unknown;
}

declare const ngx: { readonly shared?: { readonly [name: string]: SharedDict | undefined } };

/**
 * Shared memory of all workers (`js_shared_dict_zone`). What it cannot do costs speed and never a
 * verdict, so nothing here throws: a zone that is full, or too small for a value, forgets.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_js_module.html#js_shared_dict_zone
 */
export interface Zone {
  /** The value of a key, or `undefined` where there is none. */
  get(key: string): string | undefined;
  /** Writes a value that lasts `seconds`; `false` where it could not be written. */
  set(key: string, value: string, seconds: number): boolean;
  /** Writes a value only where the key has none: `true` for exactly one of all who try at once. */
  add(key: string, value: string, seconds: number): boolean;
  /** Forgets a key. */
  remove(key: string): void;
}

/** njs takes milliseconds, from 1 up to this many; a negative number would last for ever. */
const MAX_TIMEOUT_MS = 2147483647;

/**
 * Opens a zone.
 *
 * @param name its name in the configuration
 * @returns the zone, or `undefined` where the configuration has none of that name
 */
export function openZone(name: string): Zone | undefined {
  const dict = typeof ngx === 'undefined' ? undefined : ngx.shared?.[name];
  if (dict === undefined) {
    return undefined;
  }
  return {
    get: (key) => attempt(() => dict.get(key), undefined),
    set: (key, value, seconds) =>
      attempt(() => {
        dict.set(key, value, toTimeout(seconds));
        return true;
      }, false),
    add: (key, value, seconds) => attempt(() => dict.add(key, value, toTimeout(seconds)), false),
    remove: (key) => attempt(() => void dict.delete(key), undefined),
  };
}

function attempt<Result>(operation: () => Result, otherwise: Result): Result {
  try {
    return operation();
  } catch (_error) {
    return otherwise;
  }
}

function toTimeout(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds * 1000), 1), MAX_TIMEOUT_MS);
}
