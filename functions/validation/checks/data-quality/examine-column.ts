import {
  type ColumnSummary,
  countCategories,
  summariseColumn,
} from '#core/quality/column-summary.ts';
import { toldOfClass, toldOfValue } from '#core/quality/leakage.ts';
import { shiftBetween } from '#core/quality/shift.ts';
import type { Feature } from '#core/signature/schema.ts';
import type { Column, NumericColumn, TextColumn } from '#core/table/table.ts';
import type { Evidence } from '../../evidence.ts';

export type ColumnEvidence = Evidence<'data-quality'>['columns'][number];

/** What is known of the label, to look for columns that give it away. */
export type Truth =
  | { readonly kind: 'classes'; readonly codes: Int32Array }
  | { readonly kind: 'values'; readonly values: Float64Array };

export interface Examined {
  readonly evidence: ColumnEvidence;
  readonly summary: ColumnSummary;
  /** Share of the values that the contract and the training data have never seen. */
  readonly unseenShare: number;
}

/** One column against itself, the contract, the training data and the label. */
export function examineColumn(
  column: Column,
  context: { feature: Feature | undefined; training: Column | undefined; truth: Truth | undefined },
): Examined {
  const { feature, training, truth } = context;
  const summary = summariseColumn(column);
  const unseen = column.kind === 'text' ? unseenIn(column, feature, training) : undefined;
  const outOfContract = feature && outsideContract(column, feature);
  const shift = training && shiftBetween(training, column);
  const leakage = truth && toldOf(column, truth, summary);
  const evidence: ColumnEvidence = {
    column: column.name,
    kind: column.kind,
    missing: summary.missing,
    distinct: summary.distinct,
    ...(summary.infinite > 0 && { infinite: summary.infinite }),
    ...(summary.numbers && {
      min: summary.numbers.min,
      median: summary.numbers.median,
      max: summary.numbers.max,
      outliers: summary.numbers.outliers,
    }),
    ...(outOfContract !== undefined && { outOfContract }),
    ...(unseen && unseen.names.length > 0 && { unseenCategories: unseen.names }),
    ...(shift !== undefined && { shift: shift.psi, shiftByChance: shift.noise }),
    ...(leakage !== undefined && { leakage }),
  };
  return { evidence, summary, unseenShare: unseen?.share ?? 0 };
}

/** The shift, or 0 where chance explains it. */
export const realShift = ({ shift = 0, shiftByChance = 0 }: ColumnEvidence): number =>
  shift > shiftByChance ? shift : 0;

/** A text that is another in nearly every row tells everything and means nothing. */
const ID_LIKE_SHARE = 0.5;

export const isIdLike = (
  kind: Column['kind'],
  { distinct, rows, missing }: ColumnSummary,
): boolean => kind === 'text' && rows > 20 && distinct > ID_LIKE_SHARE * rows * (1 - missing);

function toldOf(column: Column, truth: Truth, summary: ColumnSummary): number | undefined {
  if (isIdLike(column.kind, summary)) return undefined;
  if (truth.kind === 'classes') return toldOfClass(column, truth.codes);
  return column.kind === 'numeric' ? toldOfValue(column, truth.values) : undefined;
}

/** Share of rows with a value that the contract does not allow, missing ones included. */
function outsideContract(column: Column, feature: Feature): number | undefined {
  const rows = column.kind === 'numeric' ? column.values.length : column.codes.length;
  if (rows === 0) return undefined;
  const outside =
    column.kind === 'numeric' ? numbersOutside(column, feature) : textsOutside(column, feature);
  return outside / rows;
}

function numbersOutside({ values }: NumericColumn, feature: Feature): number {
  const { min = -Infinity, max = Infinity, nullable, type } = feature;
  const allowed = feature.categories && new Set(feature.categories.map(Number));
  let outside = 0;
  for (const value of values) {
    const bad = Number.isNaN(value)
      ? !nullable
      : value < min ||
        value > max ||
        (type === 'integer' && !Number.isInteger(value)) ||
        (allowed !== undefined && !allowed.has(value));
    if (bad) outside++;
  }
  return outside;
}

function textsOutside({ codes, categories }: TextColumn, feature: Feature): number {
  const allowed = feature.categories && new Set(feature.categories.map(String));
  const fits = categories.map(
    (name) =>
      (allowed === undefined || allowed.has(name)) &&
      (feature.type !== 'boolean' || name === 'true' || name === 'false') &&
      feature.type !== 'number' &&
      feature.type !== 'integer',
  );
  let outside = 0;
  for (const code of codes) if (code < 0 ? !feature.nullable : !fits[code]) outside++;
  return outside;
}

const MAX_NAMED = 20;

/** Values that neither the contract nor the training data know. */
function unseenIn(
  { codes, categories }: TextColumn,
  feature: Feature | undefined,
  training: Column | undefined,
): { names: string[]; share: number } | undefined {
  const known = [
    ...(feature?.categories?.map(String) ?? []),
    ...(training?.kind === 'text' ? training.categories : []),
  ];
  if (known.length === 0) return undefined;
  const seen = new Set(known);
  const counts = countCategories(codes, categories.length);
  const unseen = categories.filter((name, code) => counts[code] !== 0 && !seen.has(name));
  const rows = categories.reduce(
    (sum, name, code) => sum + (seen.has(name) ? 0 : (counts[code] as number)),
    0,
  );
  return { names: unseen.slice(0, MAX_NAMED), share: codes.length === 0 ? 0 : rows / codes.length };
}
