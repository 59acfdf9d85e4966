import type { Figure } from '#core/figure.ts';
import { judge } from './gates.ts';
import type { CheckSummary, Finding, GateResult, Policy } from './schema.ts';
import type { Ending } from './validations.ts';

const MAX_REASON = 2000;

/** Figures of all checks by `check.figure`. */
export const figuresOf = (checks: readonly CheckSummary[]): Map<string, Figure> =>
  new Map(
    checks.flatMap(({ check, figures }) =>
      Object.entries(figures ?? {}).map(([name, figure]) => [`${check}.${name}`, figure] as const),
    ),
  );

/**
 * The end of a validation: `failed` where a check could not be carried out, since a verdict on
 * half the evidence is none; else what the gates say.
 */
export function verdict(
  checks: readonly CheckSummary[],
  policy: Policy,
  context: { task: string; champion: readonly CheckSummary[] | undefined },
): Ending {
  const failed = checks.filter(({ status }) => status !== 'completed' && status !== 'skipped');
  if (failed.length > 0) {
    const reason = failed.map(({ check, reason }) => `${check}: ${reason ?? 'it did not finish'}`);
    return { status: 'failed', reason: reason.join('; ').slice(0, MAX_REASON) };
  }
  const skipped = checks.filter(({ status }) => status === 'skipped');
  const gates = judge(
    policy.gates,
    {
      figures: figuresOf(checks),
      champion: context.champion && figuresOf(context.champion),
      skipped: new Map(skipped.map(({ check, reason }) => [check, `skipped: ${reason}`])),
    },
    context.task,
  );
  const explained = gates.map((gate) => withFindings(gate, checks));
  return { ...conclude(explained, policy), gates: explained };
}

/** A count of findings, or a figure of fairness, means little to a person: what was found is told. */
function withFindings(gate: GateResult, checks: readonly CheckSummary[]): GateResult {
  const [check, figure] = gate.metric.split('.') as [string, string];
  if (gate.outcome !== 'failed') return gate;
  const severity = SEVERITIES[figure] ?? (check === 'fairness' ? 'warning' : undefined);
  const findings = checks.find((summary) => summary.check === check)?.findings ?? [];
  const meant = findings.filter((finding) => finding.severity === severity);
  const said = meant.slice(0, NAMED).map(({ message }) => message.replace(/\.$/, ''));
  return said.length === 0 ? gate : { ...gate, message: `${gate.message}: ${said.join('; ')}` };
}

const SEVERITIES: Record<string, Finding['severity']> = {
  'critical-findings': 'critical',
  warnings: 'warning',
};

/** Enough to see what is wrong; the check's own page has them all. */
const NAMED = 3;

function conclude(gates: readonly GateResult[], policy: Policy): Pick<Ending, 'status' | 'reason'> {
  const blocking = gates.filter(({ blocks }) => blocks);
  if (blocking.length > 0) return { status: 'rejected', reason: inWords(blocking) };
  return { status: policy.requireApproval ? 'awaiting-approval' : 'approved' };
}

/** What was measured and failed; what could not be measured only where nothing else is wrong. */
function inWords(blocking: readonly GateResult[]): string {
  const failed = blocking.filter(({ outcome }) => outcome === 'failed');
  const said = (failed.length > 0 ? failed : blocking).map(({ message }) => message);
  return said.join('; ').slice(0, MAX_REASON);
}
