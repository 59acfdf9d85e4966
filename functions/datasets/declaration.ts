import { AppError, type FieldError } from '#core/errors.ts';
import { nearest } from '#core/nearest.ts';
import type { Profile } from '#core/profile/schema.ts';
import type { NewDataset } from './schema.ts';

/** Values of a label that are listed in an error. */
const LISTED = 10;

type Declared = Pick<NewDataset, 'label' | 'positive' | 'features' | 'predictions' | 'protected'>;

/** @throws AppError `invalid` naming each field whose column the file does not have */
export function checkDeclaration(declared: Declared, profile: Profile): void {
  const names = profile.columns.map(({ name }) => name);
  const known = new Set(names);
  const fields: FieldError[] = declaredColumns(declared)
    .filter(([, column]) => !known.has(column))
    .map(([field, column]) => ({ field, message: noColumn(column, names) }));
  const positive = checkPositive(declared, profile);
  if (positive) fields.push(positive);
  const [first] = fields;
  if (first) throw new AppError('invalid', `${first.field}: ${first.message}`, { fields });
}

function declaredColumns({
  label,
  features = {},
  predictions = [],
  protected: attributes,
}: Declared): [field: string, column: string][] {
  return [
    ...(label === undefined ? [] : [['label', label] as [string, string]]),
    ...Object.entries(features).map(([name, column]): [string, string] => [
      `features.${name}`,
      column,
    ]),
    ...predictions.map((column, i): [string, string] => [`predictions[${i}]`, column]),
    ...attributes.map((column, i): [string, string] => [`protected[${i}]`, column]),
  ];
}

const noColumn = (column: string, names: readonly string[]): string =>
  `the file has no column "${column}"; the nearest is "${nearest(column, names)}"`;

function checkPositive({ label, positive }: Declared, profile: Profile): FieldError | undefined {
  if (positive === undefined) return undefined;
  if (label === undefined) return { field: 'positive', message: 'needs a label column' };
  const values = valuesOf(profile, label);
  if (!values || values.includes(positive)) return undefined;
  const listed = values.slice(0, LISTED).join(', ');
  return {
    field: 'positive',
    message: `the column "${label}" has no "${positive}", but ${listed}`,
  };
}

/** Undefined where there are too many to tell. */
function valuesOf(profile: Profile, name: string): string[] | undefined {
  const column = profile.columns.find((candidate) => candidate.name === name);
  if (!column) return undefined;
  if (column.kind === 'numeric') return column.values?.map(([value]) => String(value));
  return column.counts.error === 0 ? column.counts.counts.map(([text]) => text) : undefined;
}
