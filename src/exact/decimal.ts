/** The exact value of a JSON number: `0.digits × 10^point`. */
export interface Decimal {
  readonly isNegative: boolean;
  /** Significant digits, without zeros at either end; empty for zero. */
  readonly digits: string;
  readonly point: number;
  /** Longest number of digits that {@link writeDecimal} writes without an exponent. */
  readonly width: number;
}

const ZERO = 0x30;

/**
 * Reads a JSON number without rounding it.
 *
 * @param text a JSON number (RFC 8259, section 6)
 */
export function toDecimal(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  let start = 0;
  let end = all.length;
  // No pattern: one that looks for zeros at the end takes a time that grows with the square of the length.
  while (start < end && all.charCodeAt(start) === ZERO) {
    start += 1;
  }
  while (end > start && all.charCodeAt(end - 1) === ZERO) {
    end -= 1;
  }
  const isZero = start === end;
  return {
    isNegative: !isZero && sign === '-',
    digits: all.slice(start, end),
    point: isZero ? 0 : whole.length - start + Number(exponent),
    width: Math.max(text.length, 40),
  };
}

/**
 * Compares two numbers exactly.
 *
 * @returns a negative number, 0 or a positive number, as for `Array.prototype.sort`; `NaN` where an exponent is itself
 * too large for JavaScript
 */
export function compareDecimals(one: Decimal, other: Decimal): number {
  const sign = signOf(one);
  if (sign !== signOf(other)) {
    return sign - signOf(other);
  }
  const magnitude = one.point - other.point || compareTexts(one.digits, other.digits);
  const isSafe = Math.abs(one.point) < MAX_POINT && Math.abs(other.point) < MAX_POINT;
  return isSafe ? sign * magnitude : Number.NaN;
}

/** From here on two exponents may be rounded to the same number. */
const MAX_POINT = 1e15;

function signOf({ isNegative, digits }: Decimal): number {
  if (digits === '') {
    return 0;
  }
  return isNegative ? -1 : 1;
}

function compareTexts(one: string, other: string): number {
  if (one === other) {
    return 0;
  }
  return one < other ? -1 : 1;
}

/**
 * Writes a number in one form, whatever the form in which it was written: without an exponent where the digits fit,
 * without zeros that mean nothing.
 */
export function writeDecimal({ isNegative, digits, point, width }: Decimal): string {
  return (isNegative ? '-' : '') + writeDigits(digits, point, width);
}

function writeDigits(digits: string, point: number, width: number): string {
  const { length } = digits;
  if (length === 0) {
    return '0';
  }
  if (point > width || point < -width) {
    return `${digits}e${point - length}`;
  }
  if (point >= length) {
    return digits + '0'.repeat(point - length);
  }
  return point > 0
    ? `${digits.slice(0, point)}.${digits.slice(point)}`
    : `0.${'0'.repeat(-point)}${digits}`;
}
