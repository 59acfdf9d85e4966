import { Random } from '#core/random.ts';
import { generateInputs, type NamedTensor } from '#core/signature/generate.ts';
import type { GoldenSample } from '#core/signature/golden.ts';
import { makePlan } from '#core/signature/plan.ts';
import { decodeJson } from '#core/tensors/json-decode.ts';
import { columnFindings, determinismFindings, goldenFindings } from '../contract-findings.ts';
import { examineDeterminism } from '../determinism.ts';
import type { Evidence } from '../evidence.ts';
import type { Examination } from '../examination.ts';
import { findRefusals, type Refusals } from '../refused-rows.ts';
import { replayGolden } from '../replay.ts';
import type { CheckOutcome } from '../schema.ts';
import { openServing, type Serving } from '../serving.ts';
import { deployedSources, otherColumns, type Sources } from '../sources.ts';
import { spread, tableInputs } from '../tensor-rows.ts';

/**
 * Holds the signature against the data, replays the golden sample through serving, and asks
 * whether the same question gets the same answer.
 */
export async function checkContract(
  examination: Examination,
  sources: Sources = deployedSources(),
): Promise<CheckOutcome<'contract'>> {
  const { version, dataset } = examination;
  const golden = await sources.readGolden(version);
  const model = await sources.readArtifact(version);
  const serving = openServing(version, model, sources.servingMegabytes);
  try {
    const refusals =
      dataset && findRefusals(version.signature, dataset.table, otherColumns(examination));
    const replayed = golden && (await replayGolden(serving, version.signature, golden));
    const facts = { examination, refusals, golden, replayed };
    return outcome(facts, await repeatable(serving, facts));
  } finally {
    serving.close();
  }
}

const ROWS = 32;
/** As numbers in JSON some megabytes. */
const MAX_VALUES = 400_000;

interface Facts {
  readonly examination: Examination;
  readonly refusals: Refusals | undefined;
  readonly golden: GoldenSample | undefined;
  readonly replayed: Awaited<ReturnType<typeof replayGolden>> | undefined;
}

type Determinism = Evidence<'contract'>['determinism'];

/** With rows of the dataset, else of the golden sample, else made-up ones. */
async function repeatable(serving: Serving, facts: Facts): Promise<Determinism> {
  const { signature } = facts.examination.version;
  for (const [inputs, tensors] of candidates(facts)) {
    const found = await examineDeterminism(serving, signature, tensors());
    if (found) return { inputs, ...found };
  }
  return undefined;
}

type Candidate = readonly [NonNullable<Determinism>['inputs'], () => NamedTensor[]];

function candidates({ examination, refusals, golden }: Facts): Candidate[] {
  const { dataset, settings, version } = examination;
  const { signature } = version;
  const generated = (rows: number) => generateInputs(signature, rows, new Random(settings.seed));
  const values = generated(1).reduce((sum, { data }) => sum + data.length, 0);
  const count = Math.max(1, Math.min(ROWS, Math.floor(MAX_VALUES / values)));
  const made: Candidate = ['generated', () => generated(count)];
  const given: Candidate[] = golden ? [['golden sample', () => tensorsOf(golden)]] : [];
  if (!dataset || !refusals || refusals.accepted.length === 0) return [...given, made];
  const others = otherColumns(examination);
  const rows = spread(refusals.accepted, makePlan(signature).batched ? count : 1);
  const real = () => tableInputs(signature, dataset.table, { rows, others });
  return [['dataset', real], ...given, made];
}

const tensorsOf = ({ inputs }: GoldenSample): NamedTensor[] =>
  inputs.map(({ data, ...rest }) => ({
    ...rest,
    data: decodeJson(rest.datatype, rest.shape, data, rest.name),
  }));

function outcome(facts: Facts, determinism: Determinism): CheckOutcome<'contract'> {
  const { examination, refusals, golden, replayed } = facts;
  const rows = examination.version.goldenSample?.rows ?? 0;
  const answered = replayed && 'within' in replayed ? { rows, ...replayed } : undefined;
  // Of inputs alone there is nothing to compare, and nothing to say but that they are refused.
  const compared = answered && answered.byOutput.length > 0 ? answered : undefined;
  const judged = compared !== undefined || (golden && !answered);
  return {
    status: 'completed',
    figures: {
      ...(refusals && { 'refused-row-share': refusedShare(refusals, examination) }),
      ...(judged && goldenFigures(compared, rows)),
      ...(determinism && determinismFigures(determinism)),
    },
    findings: [
      ...(refusals ? columnFindings(refusals, examination) : []),
      ...goldenFindings(replayed),
      ...determinismFindings(determinism),
    ],
    evidence: {
      columns: [...(refusals?.columns ?? [])],
      ...(compared && { golden: compared }),
      ...(determinism && { determinism }),
    },
  };
}

function refusedShare({ refusedRows }: Refusals, { dataset }: Examination) {
  const n = dataset?.table.rows ?? 0;
  return { value: n > 0 ? refusedRows / n : null, n };
}

const goldenFigures = (golden: Evidence<'contract'>['golden'], n: number) => ({
  'golden-largest-deviation': { value: golden?.largestDeviation ?? null, n },
  'golden-within-tolerance': { value: golden?.within ? 1 : 0, n },
});

/** Of one row there is no other batch. */
const determinismFigures = ({ rows: n, repeat, batch }: NonNullable<Determinism>) => ({
  'repeat-largest-deviation': { value: repeat.largestDeviation, n },
  'batch-largest-deviation': { value: n > 1 ? batch.largestDeviation : null, n },
});
