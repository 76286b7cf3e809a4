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
  const begin = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((_resolve, reject) => {
    const tick = () => {
      // njs throws where a timer is cleared that has fired.
      timer = undefined;
      if (source.kind !== 'request' && Date.now() - begin >= FETCH_DEADLINE_MS) {
        const explanation = `${nameOf(source)} gave no answer within ${FETCH_DEADLINE_MS} ms`;
        reject(refuse('keys_unavailable', 'deadline', explanation));
        return;
      }
      if (Date.now() - begin < LAST_HEARTBEAT_MS) {
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

/**
 * Lets time pass.
 *
 * @param milliseconds how much
 */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
