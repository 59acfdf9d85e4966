import type { Feature } from '#core/signature/schema.ts';
import type { ClassScores } from '#core/table/scores.ts';
import type { Column, NumericColumn, Table } from '#core/table/table.ts';
import type {
  Examination,
  ExaminedDataset,
  Scorer,
} from '../../functions/validation/examination.ts';
import { type LoadedScorer, makeScorer } from '../../functions/validation/scorer.ts';
import { readExample } from '../../local/examples.ts';
import { versionOf } from './examination.ts';
import { readData, readVersion } from './example-files.ts';
import { deployed } from './examples.ts';

/** The numbers of a column. */
export const numbersOf = (table: Table, name: string): Float64Array =>
  (table.columns.find((column) => column.name === name) as NumericColumn).values;

/** A classifier of two by the probability of the second. */
export function binaryScores(probability: ArrayLike<number>, classes = ['no', 'yes']): ClassScores {
  const p = Array.from(probability);
  return {
    kind: 'classes',
    classes,
    predicted: Int32Array.from(p, (value) => (value >= 0.5 ? 1 : 0)),
    probabilities: Float64Array.from(p.flatMap((value) => [1 - value, value])),
  };
}

interface Examined {
  readonly task: Examination['task'];
  readonly subject: Scorer;
  readonly columns: readonly Column[];
  readonly label?: string | undefined;
  readonly protectedAttributes?: readonly string[];
  readonly version?: Examination['version'];
  /** Numbers and texts without limits where left out. */
  readonly features?: readonly Feature[];
  readonly settings?: Partial<Examination['settings']>;
}

const versionWith = (features: readonly Feature[]) =>
  ({ signature: { inputs: [], outputs: [], features } }) as unknown as Examination['version'];

const plainFeatures = (columns: readonly Column[], label: string | undefined): Feature[] =>
  columns
    .filter(({ name }) => name !== label)
    .map(({ name, kind }, column) => ({
      name,
      type: kind === 'numeric' ? 'number' : 'string',
      input: 'x',
      column,
      nullable: false,
    }));

/** An examination of answers on a table. */
export function examine({ task, subject, columns, label, ...rest }: Examined): Examination {
  const [first] = columns;
  const rows = first?.kind === 'numeric' ? first.values.length : (first?.codes.length ?? 0);
  return {
    task,
    version: rest.version ?? versionWith(rest.features ?? plainFeatures(columns, label)),
    subject,
    dataset: {
      name: 'holdout',
      digest: 'sha256:0',
      table: { rows, columns },
      label,
      positive: undefined,
      protectedAttributes: rest.protectedAttributes ?? [],
    },
    training: undefined,
    champion: undefined,
    settings: {
      threshold: 0.5,
      positive: undefined,
      latencyLimitMs: 100,
      seed: 1,
      ...rest.settings,
    },
  };
}

/** An example's model, run by the runtime on its held-out rows. Dispose of `scorer` after use. */
export async function examineExample(
  name: string,
  { folder, positive }: { folder?: string; positive?: string } = {},
): Promise<{ examination: Examination; scorer: LoadedScorer }> {
  const example = folder ? readVersion(name, folder) : readExample(name);
  const { registration, table } = readData(name, 'validation')!;
  const { model, signature } = deployed(example);
  const protectedAttributes = (registration.protected ?? []) as string[];
  const others = [registration.label, ...protectedAttributes];
  const scorer = await makeScorer(signature, model, { others });
  const dataset: ExaminedDataset = {
    name: registration.name,
    digest: 'sha256:0',
    table,
    label: registration.label,
    positive: positive ?? (registration.positive as string | undefined),
    protectedAttributes,
  };
  const { task } = example.model as { task: Examination['task'] };
  const version = versionOf({ model, signature });
  const examination = { ...examine({ task, subject: scorer, columns: [], version }), dataset };
  return { examination, scorer };
}
