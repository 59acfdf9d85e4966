import { isMissingText, parseNumber } from '#core/table/missing.ts';
import type { Column } from './columns.ts';

const INTEGER = /^[+-]?\d+$/;

/** What a request would say of a value in a file of text, where values have no types. */
export function valueOfText({ feature, spec, categories }: Column, text: string): unknown {
  if (isMissingText(text.trim()) && !categories?.has(text)) return undefined;
  if (spec.datatype === 'BYTES') return text;
  const trimmed = text.trim();
  if (feature.type === 'boolean' && /^(true|false)$/i.test(trimmed)) {
    return trimmed.toLowerCase() === 'true';
  }
  if (INTEGER.test(trimmed) && !Number.isSafeInteger(Number(trimmed))) return BigInt(trimmed);
  return parseNumber(trimmed) ?? text;
}

/** What is wrong with such a value, in words for who wrote no quotes. */
export const problemOfText = (problem: string, text: string | undefined): string =>
  problem.endsWith(': leave out the quotes') ? `"${text?.slice(0, 40)}" is not a number` : problem;
