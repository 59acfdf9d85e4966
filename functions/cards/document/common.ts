import { type Block, list, note } from '#shared/page/blocks.ts';
import type { ModelCard } from '../schema.ts';

type Unmeasured = { readonly measured: false; readonly reason: string };
type Findings = Extract<ModelCard['contract'], { measured: true }>['findings'];
interface Noted {
  readonly measured: true;
  readonly findings: Findings;
  readonly leftOut: readonly string[];
}

/** The blocks of a part, framed by what its check noticed; the reason where nothing was measured. */
export function measuredBlocks<P extends Noted | Unmeasured>(
  part: P,
  blocks: (part: Extract<P, { measured: true }>) => readonly Block[],
): Block[] {
  if (!part.measured) return [note(`Not measured: ${part.reason}.`)];
  const { findings, leftOut } = part;
  return [
    ...(findings.length > 0 ? [list(findings.map(findingLine))] : []),
    ...blocks(part as Extract<P, { measured: true }>),
    ...(leftOut.length > 0
      ? [note(`Cut short here: ${leftOut.join(', ')}. The evidence of the check holds all.`)]
      : []),
  ];
}

const SEVERITY = { info: 'Note', warning: 'Warning', critical: 'Critical' } as const;

const findingLine = ({ severity, message }: Findings[number]): string =>
  `${SEVERITY[severity]}: ${message}`;
