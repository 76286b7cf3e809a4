import { refuse } from '../refusal.ts';
import { type KeySource, nameOf } from './source.ts';

/** A fetch by URL that takes longer than this, in milliseconds, has failed. */
export const FETCH_DEADLINE_MS = 4000;

/** How often one who fetches shows that he lives. */
const HEARTBEAT_MS = 250;

/**
 * When he stops, in milliseconds: the door has refused him by then. nginx keeps back the answer while
 * a timer runs, and others may try their luck.
 */
export const LAST_HEARTBEAT_MS = 9000;

/**
 * Waits for a source, shows meanwhile that it lives, and leaves no timer behind.
 *
 * Only what `ngx.fetch` has begun is given up after the deadline. A subrequest has to be waited for
 * whatever comes: nginx holds the answer until it ends in any case, and a handler whose promise
 * settles before takes the worker down (SIGSEGV, seen in njs 0.8.9 and 1.0.2). The door's own
 * deadline refuses the request meanwhile.
 *
 * @param source the source, for its kind and its name
 * @param text what it will give
 * @param heartbeat called every {@link HEARTBEAT_MS}
 * @throws Refusal `keys_unavailable`, detail `deadline`; whatever the source throws
 */
export async function waitFor(
  source: KeySource,
  text: Promise<string>,
  heartbeat: () => void,
): Promise<string> {
  const patience = new Patience();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((_resolve, reject) => {
    const tick = () => {
      // njs throws where a timer is cleared that has fired.
      timer = undefined;
      patience.add(HEARTBEAT_MS);
      if (source.kind !== 'request' && patience.elapsed() >= FETCH_DEADLINE_MS) {
        const explanation = `${nameOf(source)} gave no answer within ${FETCH_DEADLINE_MS} ms`;
        reject(refuse('keys_unavailable', 'deadline', explanation));
        return;
      }
      if (patience.elapsed() < LAST_HEARTBEAT_MS) {
        heartbeat();
        timer = setTimeout(tick, HEARTBEAT_MS);
      }
    };
    timer = setTimeout(tick, HEARTBEAT_MS);
  });
  try {
    return await Promise.race([text, late]);
  } finally {
    if (timer !== undefined) {
      clearTimeout(timer);
    }
  }
}

/** Milliseconds since the epoch. */
export function now(): number {
  return Date.now();
}

/**
 * How long something has been waited for, in milliseconds: by the clock, and at least as long as its pauses were,
 * so that a clock that is put back keeps nobody waiting. njs has no other clock.
 */
export class Patience {
  private readonly begin = Date.now();
  private paused = 0;

  /** Time since it began. */
  elapsed(): number {
    return Math.max(Date.now() - this.begin, this.paused);
  }

  /** Tells of a pause that has passed. */
  add(milliseconds: number): void {
    this.paused += milliseconds;
  }

  /** Pauses. */
  async sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, milliseconds);
    });
    this.add(milliseconds);
  }
}
