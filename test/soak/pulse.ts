/** How often the process looks at the clock, and which delay means that all was held up, in milliseconds. */
const BEAT = 100;
const HELD_UP = 1000;

/**
 * Whether this process and nginx went on: where the machine does not let them run for seconds, sources do not
 * answer in time, and nginx is right to say so.
 */
export interface Pulse {
  /** Longest delay so far, in milliseconds. */
  readonly longest: number;
  /** Tells that something took so many milliseconds that takes none by itself. */
  note(milliseconds: number): void;
  /** Whether there was a delay of more than a second since a time. */
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
    note(now - last - BEAT);
    last = now;
  }

  function note(milliseconds: number): void {
    longest = Math.max(longest, milliseconds);
    if (milliseconds > HELD_UP) {
      heldUpUntil = Date.now();
    }
  }

  return {
    get longest() {
      return longest;
    },
    note,
    wasHeldUp: (since) => {
      beat();
      return heldUpUntil > since;
    },
    stop: () => clearInterval(timer),
  };
}
