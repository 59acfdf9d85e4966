import type { Evidence } from './evidence.ts';
import type { Examination } from './examination.ts';
import { type Refusals, WRONG_KIND } from './refused-rows.ts';
import type { replayGolden } from './replay.ts';
import type { Finding } from './schema.ts';

export function columnFindings(
  { columns, problem }: Refusals,
  { dataset }: Examination,
): Finding[] {
  const rows = dataset?.table.rows ?? 0;
  if (problem) return [{ severity: 'critical', code: 'inputs-do-not-fit', message: problem }];
  return columns.flatMap(({ feature, column, problem, refusedRows }): Finding[] => {
    if (!problem) return [];
    const where = feature;
    if (!column) {
      const message = `the data have no column "${feature}", which the model needs: name the one that feeds it under features`;
      return [{ severity: 'critical', code: 'missing-column', message, where }];
    }
    const message = `"${feature}" ${problem}: serving would refuse ${refusedRows} of ${rows} rows`;
    return problem === WRONG_KIND
      ? [{ severity: 'critical', code: 'wrong-kind', message, where }]
      : [{ severity: 'warning', code: 'refused-rows', message, where }];
  });
}

export function goldenFindings(
  replayed: Awaited<ReturnType<typeof replayGolden>> | undefined,
): Finding[] {
  if (!replayed) {
    const message =
      "no golden sample: give some inputs and the training framework's answers at registration, and every validation compares them";
    return [{ severity: 'info', code: 'no-golden-sample', message }];
  }
  if ('refused' in replayed) {
    const message = `serving refuses the golden sample: ${replayed.refused}`;
    return [{ severity: 'critical', code: 'golden-refused', message }];
  }
  const { byOutput, tolerance } = replayed;
  if (byOutput.length === 0) {
    const message =
      "the golden sample has inputs alone: serving answers them, and there is nothing to compare with; give the training framework's answers too";
    return [{ severity: 'info', code: 'golden-inputs-only', message }];
  }
  return byOutput
    .filter((o) => o.differing > 0 || o.largestDeviation > tolerance)
    .map(({ output, largestDeviation, differing }) => ({
      severity: 'critical',
      code: 'golden-deviation',
      message:
        differing > 0
          ? `output "${output}" differs from the training framework's in ${differing} values`
          : `output "${output}" lies up to ${largestDeviation} from the training framework's, more than ${tolerance}`,
      where: output,
    }));
}

export function determinismFindings(determinism: Evidence<'contract'>['determinism']): Finding[] {
  if (!determinism) {
    const message = 'serving refuses all inputs that could be found or made up';
    return [{ severity: 'warning', code: 'not-answered', message }];
  }
  const { repeat, batch } = determinism;
  const findings: Finding[] = [];
  if (!repeat.identical) {
    const message = `the same inputs do not give the same answers twice: up to ${repeat.largestDeviation} apart`;
    findings.push({ severity: 'warning', code: 'not-repeatable', message });
  }
  if (!batch.identical) {
    const message = `rows answered together differ from rows answered one by one: up to ${batch.largestDeviation} apart`;
    const severity = batch.differing > 0 ? 'warning' : 'info';
    findings.push({ severity, code: 'batch-dependent', message });
  }
  return findings;
}
