/** How often the process looks at the clock, and which gap means that it was held up, in milliseconds. */
const BEAT = 100;
const HELD_UP = 1000;

/**
 * Whether this very process went on: clients and sources live in it, and where the machine does not let it run
 * for seconds, its sources do not answer in time and nginx is right to say so.
 */
export interface Pulse {
  /** Longest gap so far, in milliseconds. */
  readonly longest: number;
  /** Whether it was held up since a time, or a moment before it. */
  wasHeldUp(since: number): boolean;
  stop(): void;
}

/** Begins to look. */
export function startPulse(): Pulse {
  let last = Date.now();
  let longest = 0;
  let heldUpUntil = 0;
  const timer = setInterval(() => beat(), BEAT);

  function beat(): void {
    const now = Date.now();
    longest = Math.max(longest, now - last - BEAT);
    if (now - last > HELD_UP) {
      heldUpUntil = now;
    }
    last = now;
  }

  return {
    get longest() {
      return longest;
    },
    wasHeldUp: (since) => {
      beat();
      return heldUpUntil > since;
    },
    stop: () => clearInterval(timer),
  };
}
