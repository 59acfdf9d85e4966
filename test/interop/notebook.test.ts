import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CLIENTS, runMlflow } from '../helpers/mlflow-client.ts';

const file = join(import.meta.dirname, '../../examples/notebook/train-to-serve.ipynb');
const script = join(import.meta.dirname, 'mlflow/run_notebook.py');

describe('the notebook from training to a watched endpoint', () => {
  it('runs from top to bottom', async () => {
    const { status, stderr } = await runMlflow(CLIENTS[0], [script, file]);
    expect(status === 0 ? '' : stderr).toBe('');
  }, 600_000);

  it('is kept without what it printed', () => {
    const { cells } = JSON.parse(readFileSync(file, 'utf8'));
    const ran = cells.filter(({ outputs, execution_count: count }: Record<string, unknown>) =>
      Boolean(count || (outputs as unknown[] | undefined)?.length),
    );
    expect(ran).toEqual([]);
  });
});
