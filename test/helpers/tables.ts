import type { Column, Table } from '#core/table/table.ts';

type Value = number | string | boolean | null | undefined;

/** A table of rows written as objects; columns are numeric where every value is a number. */
export function tableOf(rows: readonly Readonly<Record<string, Value>>[]): Table {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name) =>
    columnFrom(
      name,
      rows.map((row) => row[name]),
    ),
  );
  return { rows: rows.length, columns };
}

/** Numeric where every value is a number or missing. */
export function columnFrom(name: string, values: readonly Value[]): Column {
  if (values.every((value) => isGap(value) || typeof value === 'number')) {
    return {
      name,
      kind: 'numeric',
      values: Float64Array.from(values, (v) => (v as number) ?? NaN),
    };
  }
  const texts = values.map((value) => (isGap(value) ? undefined : String(value)));
  const categories = [...new Set(texts.filter((text) => text !== undefined))];
  const codes = Int32Array.from(texts, (text) =>
    text === undefined ? -1 : categories.indexOf(text),
  );
  return { name, kind: 'text', codes, categories };
}

const isGap = (value: Value): value is null | undefined => value === null || value === undefined;
