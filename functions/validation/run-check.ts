import { AppError } from '#core/errors.ts';
import type { Figure } from '#core/figure.ts';
import { logger } from '#shared/observability.ts';
import { type CheckEvent, type CheckResult, resultOf } from './check-result.ts';
import type { CheckName } from './evidence.ts';
import type { Check, Examination } from './examination.ts';
import { loadExamination } from './load.ts';
import type { CheckSummary, Finding } from './schema.ts';
import { getValidation, readChecks, saveCheck, writeEvidence, writeScoredRows } from './store.ts';

const MAX_FINDINGS = 100;
const MAX_FIGURES = 400;

/**
 * The Lambda handler of one check. Safe to repeat: a check that has ended is left alone. What the
 * data or the model make impossible ends the check as `failed` with the reason; anything else is
 * thrown, for the workflow to try again.
 *
 * @param rows of a dataset that the check looks at, at most; 0: it needs none
 * @param options.accepted only those that serving would take
 */
export const checkHandler =
  <N extends CheckName>(
    name: N,
    check: Check<N>,
    rows: number,
    { accepted = false }: { accepted?: boolean } = {},
  ) =>
  async (event: CheckEvent): Promise<CheckResult> => {
    const validation = await getValidation(event.model, event.version, event.id);
    const before = (await readChecks(event.id)).find((c) => c.check === name) as CheckSummary;
    if (validation.status !== 'running' || !isOpen(before)) return resultOf(before);
    const startedAt = new Date().toISOString();
    await saveCheck(event.id, { check: name, status: 'running', startedAt });
    const ended = await run({ name, check, rows, accepted }, validation);
    const finishedAt = new Date().toISOString();
    const summary = { check: name, startedAt, finishedAt, ...ended };
    return resultOf(await saveCheck(event.id, summary));
  };

const isOpen = ({ status }: CheckSummary): boolean => status === 'pending' || status === 'running';

async function run<N extends CheckName>(
  { name, check, ...wanted }: { name: N; check: Check<N>; rows: number; accepted: boolean },
  validation: Awaited<ReturnType<typeof getValidation>>,
): Promise<Pick<CheckSummary, 'status' | 'reason' | 'figures' | 'findings'>> {
  let examination: Awaited<ReturnType<typeof loadExamination>> | undefined;
  try {
    examination = await loadExamination(validation, wanted);
    const outcome = await check(examination);
    if (outcome.status === 'skipped') return outcome;
    if (outcome.scoredRows) await writeScoredRows(validation.id, outcome.scoredRows);
    await writeEvidence(validation.id, name, outcome.evidence);
    const findings = [...leftOut(examination), ...outcome.findings];
    return {
      status: 'completed',
      figures: figuresOf({ ...outcome, findings }),
      findings: bounded(findings),
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    logger.warn('check failed', { check: name, validation: validation.id });
    return { status: 'failed', reason: error.message };
  } finally {
    await examination?.dispose();
  }
}

function leftOut({ dataset }: Pick<Examination, 'dataset'>): Finding[] {
  if (!dataset?.refusedRows) return [];
  const { refusedRows, table } = dataset;
  const message = `${refusedRows} of ${refusedRows + table.rows} rows were left out: serving would refuse them. The contract check says why.`;
  return [{ severity: 'warning', code: 'refused-rows', message }];
}

/** Every check can be gated on how much it found. */
function figuresOf(outcome: {
  figures: Record<string, Figure>;
  findings: readonly Finding[];
}): Record<string, Figure> {
  const count = (severity: Finding['severity']): Figure => ({
    value: outcome.findings.filter((f) => f.severity === severity).length,
  });
  const own = Object.entries(outcome.figures).slice(0, MAX_FIGURES).map(finite);
  return {
    ...Object.fromEntries(own),
    'critical-findings': count('critical'),
    warnings: count('warning'),
  };
}

/** The table holds finite numbers only; what is not one is undefined. */
const finite = ([name, figure]: [string, Figure]): [string, Figure] => {
  const { interval, value, n } = figure;
  const bounded = interval && Number.isFinite(interval.lower) && Number.isFinite(interval.upper);
  return [
    name,
    {
      value: value !== null && Number.isFinite(value) ? value : null,
      ...(bounded && { interval }),
      ...(n !== undefined && { n }),
    },
  ];
};

/** The worst first: an item of the table ends at 400 KB. */
function bounded(findings: readonly Finding[]): Finding[] {
  const rank = { critical: 0, warning: 1, info: 2 };
  return [...findings]
    .sort((a, b) => rank[a.severity] - rank[b.severity])
    .slice(0, MAX_FINDINGS)
    .map((finding) => ({ ...finding, message: finding.message.slice(0, 1000) }));
}
