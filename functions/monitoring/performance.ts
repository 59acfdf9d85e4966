import { AppError } from '#core/errors.ts';
import {
  absoluteErrorOf,
  accuracyOf,
  certainLoss,
  type Performance,
} from '#core/monitoring/performance.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { ModelVersion } from '#slices/registry';
import { evidenceSchemas, latestValidation, readEvidence } from '#slices/validation';
import type { KnownRow } from './observe.ts';
import type { ReportContent } from './report-schema.ts';
import type { MonitorSpec } from './schema.ts';

/** What the examination of a version left that a monitor leans on. */
export interface Examined {
  readonly metrics: Readonly<Record<string, number>>;
  /** Importance by feature. */
  readonly importance: ReadonlyMap<string, number>;
}

/** Checks that did not complete, or left evidence in a form no longer read, leave nothing. */
export async function readExamined(version: ModelVersion | undefined): Promise<Examined> {
  const validation = version && (await latestValidation(version.model, version.version));
  if (!validation) return { metrics: {}, importance: new Map() };
  const [quality, explainability] = await Promise.all([
    evidenceOf(validation.id, 'quality'),
    evidenceOf(validation.id, 'explainability'),
  ]);
  const metrics = Object.entries(quality?.metrics ?? {}).flatMap(([name, { value }]) =>
    value === null ? [] : [[name, value] as const],
  );
  const importances = (explainability?.importances ?? []).map(
    ({ feature, importance }) => [feature, importance.value ?? 0] as const,
  );
  return { metrics: Object.fromEntries(metrics), importance: new Map(importances) };
}

async function evidenceOf<N extends 'quality' | 'explainability'>(id: string, check: N) {
  const evidence = await readEvidence(id, check).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not-found') return undefined;
    throw error;
  });
  return evidenceSchemas[check].safeParse(evidence).data as
    | ReturnType<(typeof evidenceSchemas)[N]['parse']>
    | undefined;
}

/** How right the predictions were whose truth is known; undefined where too few are. */
export function performanceOf(
  known: readonly KnownRow[],
  signature: Signature | undefined,
  { spec, examined }: { spec: MonitorSpec; examined: Examined },
): ReportContent['performance'] {
  const measured = signature && measure(known, signature);
  if (!measured || measured.labelled < spec.minLabels) return undefined;
  const baseline = spec.thresholds.baseline ?? examined.metrics[measured.metric];
  if (baseline === undefined) return measured;
  return { ...measured, baseline, loss: certainLoss(measured, baseline) };
}

function measure(known: readonly KnownRow[], signature: Signature): Performance | undefined {
  const value = signature.outputs.find(({ role }) => role === 'value');
  return value ? ofValues(known, `out_${value.name}`) : ofLabels(known, signature);
}

function ofValues(known: readonly KnownRow[], column: string): Performance | undefined {
  const outcomes = known.flatMap(({ feedback, outputs }) => {
    const truth = Number(feedback.value ?? feedback.label ?? Number.NaN);
    const predicted = Number(outputs[column] ?? Number.NaN);
    return Number.isFinite(truth) && Number.isFinite(predicted) ? [{ predicted, truth }] : [];
  });
  return absoluteErrorOf(outcomes);
}

function ofLabels(known: readonly KnownRow[], signature: Signature): Performance | undefined {
  const outcomes = known.flatMap(({ feedback, outputs }) => {
    const predicted = predictedLabel(outputs, signature);
    if (feedback.label === undefined || predicted === undefined) return [];
    return [{ predicted, truth: String(feedback.label) }];
  });
  return accuracyOf(outcomes);
}

/** The likeliest class by its name where probabilities are captured, else the label itself. */
function predictedLabel(
  outputs: KnownRow['outputs'],
  { outputs: specs, classes = [] }: Signature,
): string | undefined {
  const probabilities = specs.find(({ role }) => role === 'probabilities');
  const ranked = classes
    .map((label) => ({ label, p: Number(outputs[`out_${probabilities?.name}_${label}`]) }))
    .filter(({ p }) => Number.isFinite(p))
    .sort((a, b) => b.p - a.p);
  if (probabilities && ranked.length === classes.length && ranked[0]) return ranked[0].label;
  const label = specs.find(({ role }) => role === 'label');
  return label && outputs[`out_${label.name}`];
}
