import type { Gate, PolicySpec } from './schema.ts';

const CLASSES: Gate['tasks'] = ['binary', 'multiclass'];

const gate = (
  metric: string,
  comparison: Gate['comparison'],
  threshold: number,
  more: Partial<Gate> = {},
): Gate => ({
  metric,
  comparison,
  threshold,
  holds: 'estimate',
  severity: 'block',
  whenMissing: 'block',
  ...more,
});

const WARN = { severity: 'warn', whenMissing: 'pass' } as const;
const IF_MEASURED = { whenMissing: 'pass' } as const;

const versusChampion = (metric: string, by: number, more: Partial<Gate>): Gate => {
  const { threshold: _, ...rest } = gate(metric, '>=', 0, { ...IF_MEASURED, ...more });
  return { ...rest, notWorseThanChampionBy: by };
};

/**
 * What holds where no policy was given. It refuses what is broken, dangerous, unfair beyond doubt
 * or certainly worse than the champion, and leaves absolute quality to those who know the problem.
 */
export const DEFAULT_POLICY: PolicySpec = {
  description: 'Built in: nothing broken, dangerous, clearly unfair or worse than the champion.',
  gates: [
    gate('artifact.critical-findings', '<=', 0),
    gate('artifact.loaded', '>=', 1),
    gate('artifact.digest-verified', '>=', 1),
    gate('contract.critical-findings', '<=', 0),
    gate('contract.golden-within-tolerance', '>=', 1, IF_MEASURED),
    gate('contract.repeat-largest-deviation', '<=', 0, WARN),
    gate('contract.refused-row-share', '<=', 0.01, IF_MEASURED),
    gate('performance.latency-p95-1-row', '<=', 100, { whenMissing: 'warn' }),
    gate('performance.cost-per-million', '<=', 25, WARN),
    gate('quality.critical-findings', '<=', 0, IF_MEASURED),
    versusChampion('quality.accuracy', 0.01, { tasks: CLASSES, holds: 'possibly' }),
    versusChampion('quality.r2', 0.01, { tasks: ['regression'], holds: 'possibly' }),
    gate('data-quality.leakage-max', '<=', 0.995, WARN),
    gate('data-quality.largest-shift-psi', '<=', 0.25, WARN),
    gate('fairness.equalized-odds-difference', '<=', 0.2, {
      ...IF_MEASURED,
      tasks: CLASSES,
      holds: 'possibly',
    }),
    gate('fairness.demographic-parity-ratio', '>=', 0.8, { ...WARN, tasks: CLASSES }),
    gate('robustness.robust-accuracy-noise', '>=', 0.5, { ...WARN, tasks: CLASSES }),
  ],
  validateOnRegistration: true,
  requireApproval: false,
  requireCompleteCard: false,
  decisionThreshold: 0.5,
  latencyLimitMs: 100,
};
