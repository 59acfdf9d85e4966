import { LocalProblem } from '../problems.ts';

/** Says what is done, does it, and says what came of it. */
export async function step(title: string, run: () => Promise<string>): Promise<void> {
  process.stdout.write(`  ${title} … `);
  try {
    console.log(await run());
  } catch (error) {
    console.log('failed');
    throw new LocalProblem(`this step failed: ${title}: ${(error as Error).message}`);
  }
}

/** A sign of life while a step waits. */
export const dot = (): void => void process.stdout.write('. ');

/** Columns as wide as their widest cell. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] as string[]).map((_, i) =>
    Math.max(...rows.map((row) => (row[i] as string).length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
