import { regressionStatistic, residualQuantiles } from '#core/metrics/regression.ts';
import type { Random } from '#core/random.ts';
import { SQUARED_ERRORS } from '#core/slices/losses.ts';
import { bootstrapCompared, rowResampling } from '#core/stats/bootstrap.ts';
import type { ValueScores } from '#core/table/scores.ts';
import type { Finding } from '../../schema.ts';
import { type Measured, verdictOf, withRows } from './measured.ts';

interface Regression {
  readonly truth: Float64Array;
  readonly subject: ValueScores;
  readonly champion: ValueScores | undefined;
  readonly random: Random;
}

export function measureRegression({ truth, subject, champion, random }: Regression): Measured {
  const rows = truth.length;
  const { figures, differences, pValues } = bootstrapCompared(random, rowResampling(rows), {
    subject: regressionStatistic(truth, subject.values),
    other: champion && regressionStatistic(truth, champion.values),
  });
  const pValue = pValues.rmse ?? 1;
  const gap = differences.rmse?.value ?? 0;
  const finite = subject.values.every(Number.isFinite);
  return {
    evidence: {
      task: 'regression',
      rows,
      metrics: withRows(figures, rows),
      ...(finite && { residualQuantiles: residualQuantiles(truth, subject.values) }),
    },
    comparison: champion && {
      rows,
      differences: withRows(differences, rows),
      test: { name: 'paired bootstrap of the RMSE', statistic: gap, pValue },
      verdict: verdictOf(pValue, -gap),
    },
    findings: [...undefinedAnswers(subject.values), ...zeroLabels(truth)],
    loss: finite ? truth.map((value, row) => (subject.values[row]! - value) ** 2) : undefined,
    lossKind: SQUARED_ERRORS,
  };
}

function undefinedAnswers(values: Float64Array): Finding[] {
  const count = values.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
  if (count === 0) return [];
  const message = `${count} of ${values.length} predictions are NaN or infinite; the metrics are undefined.`;
  return [{ severity: 'critical', code: 'undefined-predictions', message }];
}

function zeroLabels(truth: Float64Array): Finding[] {
  if (!truth.includes(0)) return [];
  const message = 'Some labels are 0, so the mean percentage error (MAPE) is undefined.';
  return [{ severity: 'info', code: 'mape-undefined', message }];
}
