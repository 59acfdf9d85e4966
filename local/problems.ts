/** Something that the person at the keyboard can mend: shown as its message alone. */
export class LocalProblem extends Error {
  override readonly name = 'LocalProblem';
}

/** Runs a command's main function; a problem ends it with one sentence and no stack. */
export async function main(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof LocalProblem)) throw error;
    console.error(`\n✗ ${error.message}`);
    process.exit(1);
  }
}
