/** The part of a shared dictionary that is used here (njs 0.8.5 and later). */
interface SharedDict {
  get(key: string): string | undefined;
  set(key: string, value: string, timeout: number): unknown;
  add(key: string, value: string, timeout: number): boolean;
  delete(key: string): unknown;
}

declare const ngx: {
  readonly shared?: { readonly [name: string]: SharedDict | undefined };
  readonly worker_id?: number;
};

/** Zones that `auth_jwt.conf` declares with `evict`: what is lost there costs time only. Locks and marks do not belong there. */
const EVICTING = ['auth_jwt_verified', 'auth_jwt_introspected'];

/** njs takes milliseconds, from 1 up to this many; a negative number would last for ever. */
const MAX_TIMEOUT_MS = 2147483647;

/**
 * Shared memory of all workers (`js_shared_dict_zone`). What it cannot do costs speed and never a
 * verdict, so nothing here throws: a zone that is full, or too small for a value, forgets.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_js_module.html#js_shared_dict_zone
 */
export class Zone {
  private readonly dict: SharedDict;
  private readonly isEvicting: boolean;

  /**
   * @param dict the dictionary
   * @param isEvicting whether it drops entries to make room for others
   */
  constructor(dict: SharedDict, isEvicting = false) {
    this.dict = dict;
    this.isEvicting = isEvicting;
  }

  /** The value of a key, or `undefined` where there is none. */
  get(key: string): string | undefined {
    try {
      return this.dict.get(key);
    } catch (_error) {
      return undefined;
    }
  }

  /** Writes a value that lasts `seconds`; `false` where it could not be written. */
  set(key: string, value: string, seconds: number): boolean {
    try {
      if (this.isEvicting) {
        return this.replace(key, value, seconds);
      }
      this.dict.set(key, value, toTimeout(seconds));
      return true;
    } catch (_error) {
      return false;
    }
  }

  /** Writes a value only where the key has none: `true` for exactly one of all who try at once. */
  add(key: string, value: string, seconds: number): boolean {
    try {
      if (this.isEvicting) {
        return this.dict.get(key) === undefined && this.replace(key, value, seconds);
      }
      return this.dict.add(key, value, toTimeout(seconds));
    } catch (_error) {
      return false;
    }
  }

  /**
   * Writes a value without writing over another one. Before njs 0.9.7, a write over an entry (also an expired one) in a full
   * zone that evicts can evict this same entry to make room, and free it twice: the worker dies with the zone locked, and
   * nginx answers no request until it is restarted. Not for locks: it would remove that of another request.
   *
   * @see https://github.com/nginx/njs/commit/754771984a7f1d017f80e1c3a602a4c9dc64cc56
   */
  private replace(key: string, value: string, seconds: number): boolean {
    this.dict.delete(key);
    return this.dict.add(key, value, toTimeout(seconds));
  }

  /** Like {@link set}, for {@link getDated}. */
  setDated(key: string, value: string, seconds: number): boolean {
    return this.set(key, dated(value), seconds);
  }

  /** Like {@link add}, for {@link getDated}. */
  addDated(key: string, value: string, seconds: number): boolean {
    return this.add(key, dated(value), seconds);
  }

  /**
   * The value of a key that must not outlast its time. A dictionary counts by the clock of the machine: where that
   * is put back by an hour, what would have lasted a second lasts an hour. What stands there from a time that has
   * not come yet is therefore forgotten.
   */
  getDated(key: string): string | undefined {
    return this.getWithAge(key)?.value;
  }

  /** Like {@link getDated}, and how long ago it was written, in milliseconds. */
  getWithAge(key: string): { readonly age: number; readonly value: string } | undefined {
    const stored = this.get(key);
    if (stored === undefined) {
      return undefined;
    }
    const space = stored.indexOf(' ');
    const age = Date.now() - Number(stored.slice(0, space));
    if (space > 0 && age >= -1000) {
      return { age, value: stored.slice(space + 1) };
    }
    this.remove(key);
    return undefined;
  }

  /**
   * Takes a mark that others may hold: `true` for exactly one of all who try at once, and for
   * everybody where there is no room for marks. Then all do for themselves what one would have done.
   *
   * @param value what stands in the mark
   */
  claim(key: string, seconds: number, value = ''): boolean {
    // Twice, for it may have been given back between the two looks.
    return (
      this.addDated(key, value, seconds) ||
      (this.getDated(key) === undefined &&
        (this.addDated(key, value, seconds) || this.getDated(key) === undefined))
    );
  }

  /** Forgets a key. */
  remove(key: string): void {
    try {
      this.dict.delete(key);
    } catch (_error) {
      // It lasts until its time has come.
    }
  }
}

/**
 * Opens a zone.
 *
 * @param name its name in the configuration
 * @returns the zone, or `undefined` where the configuration has none of that name
 */
export function openZone(name: string): Zone | undefined {
  const dict = typeof ngx === 'undefined' ? undefined : ngx.shared?.[name];
  return dict && new Zone(dict, EVICTING.indexOf(name) >= 0);
}

/**
 * Tells the workers of nginx apart, from 0 on.
 *
 * @see https://nginx.org/en/docs/njs/reference.html#ngx_worker_id
 */
export function workerId(): number {
  return (typeof ngx === 'undefined' ? undefined : ngx.worker_id) ?? 0;
}

function dated(value: string): string {
  return `${Date.now()} ${value}`;
}

function toTimeout(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds * 1000), 1), MAX_TIMEOUT_MS);
}
