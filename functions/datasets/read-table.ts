import { AppError } from '#core/errors.ts';
import type { Table } from '#core/table/table.ts';
import type { Dataset } from './schema.ts';

/**
 * Reads a dataset, or a simple random sample of its rows in their order.
 *
 * @param options.columns only these; all where it is left out
 * @param options.maxRows more than these are sampled, the same rows for the same seed
 */
export async function readTable(
  dataset: Dataset,
  _options: { columns?: readonly string[]; maxRows?: number; seed: number },
): Promise<Table> {
  throw new AppError('unavailable', `dataset "${dataset.name}" cannot be read yet`);
}
