/** A text in MLflow's filter language. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** ``metrics.`val loss` ``: a column as filters and orders name it. */
export function quoteColumn(column: string): string {
  const [, entity, key] = /^(metrics|params|tags)\.(.+)$/s.exec(column) ?? [];
  if (entity === undefined || key === undefined) return column;
  const mark = key.includes('`') ? '"' : '`';
  return `${entity}.${mark}${key}${mark}`;
}

/** A clause of `order_by`. */
export const orderClause = (column: string, descending: boolean): string =>
  `${quoteColumn(column)} ${descending ? 'DESC' : 'ASC'}`;
