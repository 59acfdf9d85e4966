import { AppError } from '../errors.ts';
import { CR, LF, QUOTE, type SplitRecord, splitRecord } from './csv-fields.ts';
import { isMissingText, parseNumber } from './missing.ts';
import { type ColumnKind, type Kind, MAX_COLUMNS } from './reader.ts';

const SEPARATORS = [',', ';', '\t', '|'] as const;

/** Kinds that the beginning does not show cost a second reading. */
const SAMPLE_BYTES = 2 ** 18;

export interface Dialect {
  readonly separator: string;
  readonly columns: readonly ColumnKind[];
  /** Where the first row begins, and on which line. */
  readonly start: number;
  readonly line: number;
}

export interface DialectOptions {
  /** Names of the columns of a file without a header. */
  readonly names?: readonly string[] | undefined;
  readonly separator?: string | undefined;
  readonly kinds?: ReadonlyMap<string, Kind> | undefined;
}

/**
 * Finds separator, names and kinds from the beginning of a file.
 *
 * @param bytes the beginning, one byte longer than `end`
 * @returns undefined where not even the header is complete
 * @throws AppError `unprocessable` naming what is wrong with the header
 */
export function findDialect(
  bytes: Uint8Array,
  end: number,
  options: DialectOptions,
): Dialect | undefined {
  refuseUtf16(bytes);
  const begin = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const separator = options.separator ?? findSeparator(bytes.subarray(begin, end));
  const code = separator.charCodeAt(0);
  const first = options.names ? undefined : firstRecord(bytes, begin, end, code);
  if (!options.names && !first) return undefined;
  const names = options.names ?? headerNames((first as SplitRecord).fields);
  const start = first?.next ?? begin;
  const sample = { start, end: Math.min(end, start + SAMPLE_BYTES), separator: code };
  const found = findKinds(bytes, { ...sample, width: names.length });
  const columns = names.map((name, i) => ({
    name,
    kind: options.kinds?.get(name) ?? (found[i] as Kind),
  }));
  return { separator, columns, start, line: 1 + (first?.lines ?? 0) };
}

function refuseUtf16(bytes: Uint8Array): void {
  const mark = ((bytes[0] as number) << 8) | (bytes[1] as number);
  if (mark === 0xfffe || mark === 0xfeff) {
    throw new AppError('unprocessable', 'the file is UTF-16: save it as UTF-8');
  }
}

function firstRecord(bytes: Uint8Array, begin: number, end: number, separator: number) {
  let start = begin;
  let blank = 0;
  while (start < end && (bytes[start] === LF || bytes[start] === CR)) {
    if (bytes[start] === LF) blank++;
    start++;
  }
  const record = splitHeader(bytes, start, end, separator);
  return record && { ...record, lines: record.lines + blank };
}

function splitHeader(...of: Parameters<typeof splitRecord>): SplitRecord | undefined {
  try {
    return splitRecord(...of);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError('unprocessable', `line 1 ${error.message}`);
  }
}

function headerNames(fields: readonly Uint8Array[]): string[] {
  if (fields.length > MAX_COLUMNS) {
    throw new AppError(
      'unprocessable',
      `the header has ${fields.length} columns, at most ${MAX_COLUMNS} are read`,
    );
  }
  const decoder = new TextDecoder();
  // An index that pandas wrote has no name; pandas reads it under this one.
  const names = fields.map((field, i) => decoder.decode(field).trim() || `Unnamed: ${i}`);
  const again = names.find((name, i) => names.indexOf(name) < i);
  if (again === undefined) return names;
  throw new AppError('unprocessable', `line 1: the column "${again}" stands twice in the header`);
}

/** The separator that the first lines have most often, and equally often. */
export function findSeparator(bytes: Uint8Array): string {
  const lines = linesOutsideQuotes(bytes).slice(0, 20);
  const scores = SEPARATORS.map((separator) => {
    const counts = lines.map((line) => line.split(separator).length - 1);
    const [header = 0] = counts;
    const alike = counts.filter((count) => count === header).length;
    return header === 0 ? 0 : alike * 1000 + header;
  });
  const best = Math.max(...scores);
  return best === 0 ? ',' : (SEPARATORS[scores.indexOf(best)] as string);
}

/** The first lines with everything between quotes left out; the last one only if it is the only one. */
function linesOutsideQuotes(bytes: Uint8Array): string[] {
  let text = '';
  let quoted = false;
  for (let i = 0; i < bytes.length && i < 65_536; i++) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) quoted = !quoted;
    else if (!quoted) text += String.fromCharCode(byte);
  }
  const lines = text.split(/\r\n|\n|\r/);
  return (lines.length > 1 ? lines.slice(0, -1) : lines).filter((line) => line !== '');
}

interface Sample {
  readonly start: number;
  readonly end: number;
  readonly separator: number;
  readonly width: number;
}

/** Numeric, unless one of the first rows says otherwise. */
function findKinds(bytes: Uint8Array, sample: Sample): Kind[] {
  const kinds = new Array<Kind>(sample.width).fill('numeric');
  const decoder = new TextDecoder();
  for (const fields of firstRecords(bytes, sample)) {
    fields.slice(0, sample.width).forEach((field, i) => {
      if (kinds[i] === 'text') return;
      const text = decoder.decode(field);
      if (!isMissingText(text.trim()) && parseNumber(text) === undefined) kinds[i] = 'text';
    });
  }
  return kinds;
}

/** Up to the first that is broken: reading the rows will name its line. */
function* firstRecords(bytes: Uint8Array, { start, end, separator }: Sample) {
  try {
    for (let at = start; at < end; ) {
      const record = splitRecord(bytes, at, end, separator);
      if (!record) return;
      at = record.next;
      yield record.fields;
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}
