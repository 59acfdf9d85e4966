import type { Verdict } from '#client';
import { type Output, status } from './output.ts';

/** The verdict in a line, then what failed and what a person should read. */
export function verdictText(out: Output, verdict: Verdict): string {
  const { gates = [], checks, reason } = verdict;
  const passed = gates.filter(({ outcome }) => outcome === 'passed').length;
  const measured = checks.filter((check) => check.status === 'completed').length;
  const mark = { passed: out.style('green', '✓'), failed: out.style('red', '✗') };
  const notPassed = gates.filter(
    ({ outcome, severity }) => outcome !== 'passed' && severity === 'block',
  );
  const findings = checks.flatMap(({ check, findings: list = [] }) =>
    list.filter(({ severity }) => severity !== 'info').map((finding) => ({ check, ...finding })),
  );
  return [
    `version ${verdict.version} is ${status(out, verdict.status)}: ${measured} checks, ${passed} of ${gates.length} gates passed`,
    ...(reason ? [`  ${reason}`] : []),
    ...notPassed.map(
      ({ blocks, message }) => `  ${blocks ? mark.failed : out.style('dim', '–')} ${message}`,
    ),
    ...findings.map(
      ({ check, severity, message }) =>
        `  ${severity === 'critical' ? mark.failed : out.style('yellow', '!')} ${check}: ${message}`,
    ),
  ].join('\n');
}
