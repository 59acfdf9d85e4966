import type { Scores } from '#core/table/scores.ts';
import type { Table } from '#core/table/table.ts';
import type { ModelVersion } from '#slices/registry';
import type { CheckName } from './evidence.ts';
import type { CheckOutcome } from './schema.ts';

/** A loaded model that scores tables: the inference core without a network. */
export interface Scorer {
  /**
   * Scores every row, in batches.
   * @param options.unchecked skips the contract: what a model does with values that serving refuses
   * @throws AppError `unprocessable` naming the row and the column that the signature refuses
   */
  score(table: Table, options?: { unchecked?: boolean }): Promise<Scores>;
}

/** The registered data that a version is examined on. */
export interface ExaminedDataset {
  readonly name: string;
  readonly digest: string;
  /** Columns under the model's feature names; label and protected attributes under their own. */
  readonly table: Table;
  /** None: data without ground truth. */
  readonly label: string | undefined;
  /** The class that counts as positive, where the dataset says so. */
  readonly positive: string | undefined;
  readonly protectedAttributes: readonly string[];
  /** Rows that are not in the table because serving would refuse them. */
  readonly refusedRows?: number;
}

/** Everything that a check may ask for. */
export interface Examination {
  readonly task: 'binary' | 'multiclass' | 'regression' | 'ranking' | 'embedding' | 'other';
  readonly version: ModelVersion;
  readonly subject: Scorer;
  /** None: no validation dataset was given. */
  readonly dataset: ExaminedDataset | undefined;
  /** Data the version says it was trained on, where registered. */
  readonly training: ExaminedDataset | undefined;
  readonly champion: { readonly version: number; readonly scorer: Scorer } | undefined;
  readonly settings: {
    /** Probability from which a row counts as positive (binary). */
    readonly threshold: number;
    /** The class that counts as positive (binary); the last one where it is left out. */
    readonly positive: string | undefined;
    /** For the cheapest memory size: 95th percentile of one row. */
    readonly latencyLimitMs: number;
    readonly seed: number;
  };
}

export type Check<N extends CheckName> = (examination: Examination) => Promise<CheckOutcome<N>>;

export const NO_DATASET = { status: 'skipped', reason: 'no validation dataset' } as const;
