import type { CheckName, Evidence } from '#slices/validation';
import type { ValidationFacts } from './facts.ts';
import { cut, shorten } from './shorten.ts';

/** A part of a card that a check measured, or why it did not. */
export type Part<N extends CheckName> =
  | ({ measured: true; findings: Findings; leftOut: string[] } & Shown<N>)
  | { measured: false; reason: string };

type Findings = NonNullable<ValidationFacts['checks'][number]['findings']>;
type Shown<N extends CheckName> = N extends 'artifact' ? Omit<Evidence<N>, 'bom'> : Evidence<N>;

export type Parts = { [N in CheckName]: Part<N> };

/** Each check's part of the card. */
export const partsOf = (validation: ValidationFacts | undefined): Parts => ({
  artifact: partOf('artifact', validation),
  contract: partOf('contract', validation),
  performance: partOf('performance', validation),
  quality: partOf('quality', validation),
  'data-quality': partOf('data-quality', validation),
  fairness: partOf('fairness', validation),
  robustness: partOf('robustness', validation),
  explainability: partOf('explainability', validation),
});

function partOf<N extends CheckName>(name: N, validation: ValidationFacts | undefined): Part<N> {
  const evidence = validation?.evidence[name] as Evidence<N> | undefined;
  const summary = validation?.checks.find(({ check }) => check === name);
  if (!evidence) return { measured: false, reason: whyNot(validation, summary) };
  const { shown, leftOut } = shorten(name, evidence);
  const findings = cut('findings', summary?.findings ?? [], leftOut);
  return { measured: true, findings, leftOut, ...shown } as Part<N>;
}

function whyNot(
  validation: ValidationFacts | undefined,
  summary: ValidationFacts['checks'][number] | undefined,
): string {
  if (!validation) return 'this version has not been validated yet';
  if (!summary) return 'the check was not part of the validation';
  if (summary.status === 'pending' || summary.status === 'running')
    return 'the check has not finished yet';
  if (summary.status === 'completed') return 'its evidence is of an older form: validate again';
  return `the check was ${summary.status === 'failed' ? 'not possible' : summary.status}${summary.reason ? `: ${summary.reason}` : ''}`;
}
