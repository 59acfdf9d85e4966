import { captureColumns } from '#core/capture/columns.ts';
import { fillColumn } from '#core/capture/fill.ts';
import type { ParquetColumn } from '#core/parquet/pages.ts';
import { ParquetWriter } from '#core/parquet/writer.ts';
import { compress, type Target } from '#slices/inference';
import type { Scored, ScoredRow } from './score.ts';

/**
 * A Parquet file of a shadow's answers, with the facts of a capture file (variant, model and version
 * are the shadow's), what answered live, and how the two differ.
 */
export function encodeShadow(target: Target, { requests }: Scored): Uint8Array {
  const rows = requests.flatMap((request) => request.rows);
  const { variant } = target;
  const outputs = captureColumns(variant.signature)
    .filter(({ side }) => side === 'out')
    .map((column) =>
      fillColumn(
        column,
        requests.map((request) => ({
          rows: request.rows.length,
          tensor: request.outputs.find(({ spec }) => spec.name === column.tensor),
        })),
      ),
    );
  const writer = new ParquetWriter(compress);
  writer.write([...facts(target, rows), ...outputs]);
  return writer.finish();
}

function facts({ variant }: Target, scored: readonly ScoredRow[]): ParquetColumn[] {
  const rows = scored.map(({ row }) => row);
  const texts = (name: string, values: (string | null)[]): ParquetColumn => ({
    ...{ name, type: 'string', values },
  });
  const whole = (name: string, values: number[]): ParquetColumn => ({
    ...{ name, type: 'int32', values: Int32Array.from(values) },
  });
  const same = scored.map(({ sameLabel }) => sameLabel);
  const differences = Float64Array.from(scored, ({ difference }) => difference);
  return [
    texts(
      'prediction_id',
      rows.map(({ prediction_id }) => prediction_id),
    ),
    whole(
      'row',
      rows.map(({ row }) => row),
    ),
    {
      name: 'at',
      type: 'timestamp',
      values: BigInt64Array.from(rows, ({ at }) => BigInt(at.getTime())),
    },
    whole(
      'revision',
      rows.map(({ revision }) => revision),
    ),
    texts(
      'variant',
      rows.map(() => variant.name),
    ),
    texts(
      'model',
      rows.map(() => variant.model),
    ),
    whole(
      'version',
      rows.map(() => variant.version),
    ),
    {
      name: 'latency_ms',
      type: 'double',
      values: Float64Array.from(scored, ({ latencyMs }) => latencyMs),
    },
    texts(
      'unit',
      rows.map(({ unit }) => unit),
    ),
    texts(
      'live_variant',
      rows.map((row) => row.variant),
    ),
    texts(
      'live_model',
      rows.map((row) => row.model),
    ),
    whole(
      'live_version',
      rows.map((row) => row.version),
    ),
    {
      name: 'same_label',
      type: 'boolean',
      values: Uint8Array.from(same, (value) => Number(value === true)),
      present: Uint8Array.from(same, (value) => Number(value !== null)),
    },
    {
      name: 'difference',
      type: 'double',
      values: differences.map((value) => (Number.isNaN(value) ? 0 : value)),
      present: Uint8Array.from(differences, (value) => Number(!Number.isNaN(value))),
    },
  ];
}
