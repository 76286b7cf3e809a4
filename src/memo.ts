/**
 * Remembers what a few texts came to, for as long as a context of QuickJS lives; the njs engine makes
 * a new context for each request and remembers nothing.
 *
 * Only for functions of the text alone: what is found here must be what would be worked out anew.
 * Bounded, and searched from the first to the last: the engine compares two strings of other lengths
 * at once and equal ones at the speed of memory, where a table would have to hash each.
 */
export class Memo<Value> {
  private readonly size: number;
  private readonly entries: { readonly text: string; readonly value: Value }[] = [];
  private next = 0;

  /** @param size most texts that are remembered; the oldest makes room */
  constructor(size: number) {
    this.size = size;
  }

  /** What a text came to, or `undefined` where it is not remembered. */
  find(text: string): Value | undefined {
    for (const entry of this.entries) {
      if (entry.text === text) {
        return entry.value;
      }
    }
    return undefined;
  }

  /** Remembers what a text, not remembered yet, came to. */
  keep(text: string, value: Value): void {
    this.entries[this.next] = { text, value };
    this.next = (this.next + 1) % this.size;
  }
}
