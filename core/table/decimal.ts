const POWERS = Array.from({ length: 23 }, (_, i) => 10 ** i);
const ZERO = 48;
const NINE = 57;
/** Digits that a double holds exactly as a whole number, and so many more. */
const HIGH_DIGITS = 15;
const LOW_DIGITS = 7;
/** More than the relative error of the quotient's second half. */
const MARGIN = 2 ** -48;

/**
 * The double nearest to a decimal of up to 22 digits, such as `0.12345678901234567`, with so many
 * of them behind the point: digits and quotient are computed as sums of two doubles (Dekker 1971).
 *
 * @param bytes from `start` to `end` only digits, and a point
 * @returns undefined where the sum lies too near to the middle of two doubles to tell
 */
export function nearestDouble(
  bytes: Uint8Array,
  start: number,
  end: number,
  scale: number,
): number | undefined {
  let high = 0;
  let low = 0;
  let count = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < ZERO || byte > NINE) continue;
    if (count === 0 && byte === ZERO) continue;
    if (count < HIGH_DIGITS) high = high * 10 + (byte - ZERO);
    else low = low * 10 + (byte - ZERO);
    count++;
  }
  if (count > HIGH_DIGITS + LOW_DIGITS || scale >= POWERS.length) return undefined;
  const shift = POWERS[Math.max(0, count - HIGH_DIGITS)] as number;
  return divide(high, shift, low, POWERS[scale] as number);
}

/** (high × shift + low) ÷ divisor. */
function divide(high: number, shift: number, low: number, divisor: number): number | undefined {
  const product = high * shift;
  const sum = product + low;
  const rest = productError(high, shift, product) + (low - (sum - product));
  const first = sum / divisor;
  const back = first * divisor;
  const remainder = sum - back - productError(first, divisor, back) + rest;
  const second = remainder / divisor;
  const nearest = first + second * (1 + MARGIN);
  return nearest === first + second * (1 - MARGIN) ? nearest : undefined;
}

/** a × b − p, exactly, where p is their product as a double. */
function productError(a: number, b: number, p: number): number {
  const a1 = upper(a);
  const b1 = upper(b);
  const a2 = a - a1;
  const b2 = b - b1;
  return a2 * b2 - (p - a1 * b1 - a2 * b1 - a1 * b2);
}

/** The upper 26 bits of a double. */
function upper(a: number): number {
  const c = 134_217_729 * a;
  return c - (c - a);
}
