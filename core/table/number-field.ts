const POWERS = Array.from({ length: 23 }, (_, i) => 10 ** i);
const LARGEST_EXACT = Number.MAX_SAFE_INTEGER;

/** The number at the beginning of a field, and the position behind it: filled by `readNumber`. */
export const found = { value: 0, end: 0 };

/**
 * Reads plain digits with at most one point and no exponent straight from the bytes (Clinger 1990):
 * exact where they are a whole number up to 2⁵³ over a power of ten up to 22, because both are
 * doubles and one division rounds once.
 *
 * @returns false where the field is to be read the slow way
 */
export function readNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  const isNegative = bytes[at] === 45;
  if (isNegative) at++;
  const first = at;
  let value = 0;
  let byte = bytes[at] as number;
  while (at < end && byte >= 48 && byte <= 57) {
    value = value * 10 + (byte - 48);
    byte = bytes[++at] as number;
  }
  let digits = at - first;
  let scale = 0;
  if (at < end && byte === 46) {
    const fraction = ++at;
    byte = bytes[at] as number;
    while (at < end && byte >= 48 && byte <= 57) {
      value = value * 10 + (byte - 48);
      byte = bytes[++at] as number;
    }
    scale = at - fraction;
    digits += scale;
  }
  if (digits === 0 || value > LARGEST_EXACT || scale >= POWERS.length) return false;
  const size = value / (POWERS[scale] as number);
  found.value = isNegative ? -size : size;
  found.end = at;
  return true;
}
