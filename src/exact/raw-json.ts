import { type Decimal, toDecimal } from './decimal.ts';

/**
 * Gives the beginning of a marked text, which stands for a {@link RawJson} while an engine parses or writes it. No issuer
 * knows it: it is another one in each context. The control character keeps it out of every variable.
 */
export function mark(): string {
  if (made === undefined) {
    const bytes = Buffer.alloc(16);
    crypto.getRandomValues(bytes);
    made = `\0${bytes.toString('hex')}:`;
  }
  return made;
}

let made: string | undefined;

/**
 * A JSON number or string that JavaScript cannot hold: a number that would be rounded, or a string with half a
 * character (`\ud800`). It keeps the text that the issuer wrote. It is neither a `string` nor a `number`, so code that
 * does not know it takes it for neither.
 */
export class RawJson {
  /** JSON text of the value: digits, or a string with its quotes. */
  readonly text: string;
  private known: Decimal | undefined;

  /** @param text valid JSON text of one number or one string */
  constructor(text: string) {
    this.text = text;
  }

  /** Whether it is a number, and not a string. */
  isNumber(): boolean {
    return this.text.charAt(0) !== '"';
  }

  /** The value of a number. */
  decimal(): Decimal {
    this.known = this.known ?? toDecimal(this.text);
    return this.known;
  }

  /** The digits of a number. A string gives a control character, which no variable takes. */
  toString(): string {
    return this.isNumber() ? this.text : mark();
  }

  /** The text with its mark. */
  marked(): string {
    return mark() + this.text;
  }

  /** For `JSON.stringify`: the marked text within {@link stringifyMarked}, else what the engine's parser makes of it. */
  toJSON(): unknown {
    return isMarking ? this.marked() : JSON.parse(this.text);
  }
}

let isMarking = false;

/**
 * Writes JSON with a marked text for each {@link RawJson}.
 *
 * @param value any JSON value
 */
export function stringifyMarked(value: unknown): string {
  isMarking = true;
  try {
    return JSON.stringify(value);
  } finally {
    isMarking = false;
  }
}
