/*
 * Texts whose order by bytes is the order of the values that they stand for: DynamoDB sorts by
 * nothing else.
 */

/** Longer texts are told apart by the record itself; a sort key has room for 1024 bytes. */
const TEXT_CHARACTERS = 200;
const LATEST_MS = 9_999_999_999_999;
/** After every number. */
export const NAN_CODE = 'nan';

/**
 * IEEE 754 binary64: with the sign bit turned (and all others too, below zero) the bits of doubles
 * sort as the doubles do.
 */
export function sortableDouble(value: number): string {
  if (Number.isNaN(value)) return NAN_CODE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value);
  const bits = view.getBigUint64(0);
  const turned = bits >> 63n === 1n ? bits ^ 0xffff_ffff_ffff_ffffn : bits ^ (1n << 63n);
  return turned.toString(16).padStart(16, '0');
}

/** The beginning of a text, without what separates the parts of a key. */
export const sortableText = (text: string): string =>
  [...text]
    .slice(0, TEXT_CHARACTERS)
    .map((character) => (character < '\u0003' ? ' ' : character))
    .join('');

/** The latest first. @param ms since 1970 */
export const latestFirst = (ms: number): string =>
  String(LATEST_MS - Math.min(Math.max(Math.trunc(ms), 0), LATEST_MS)).padStart(13, '0');

/** Surrogates stand for what comes after all that one unit can stand for. */
const rank = (unit: number): number =>
  unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;

/** The order of texts by their bytes in UTF-8, as the table has it; JavaScript's own is another. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}
