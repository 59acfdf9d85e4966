import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CLIENTS, runMlflow } from '../helpers/mlflow-client.ts';

const script = join(import.meta.dirname, 'mlflow/tracking_test.py');

describe('the unmodified MLflow client, deployed', () => {
  it.each(CLIENTS)(
    '%s tracks',
    async (client) => {
      const { status, stderr } = await runMlflow(client, [script]);
      expect(stderr).toContain(`MLflow ${client}`);
      expect(status === 0 ? '' : stderr).toBe('');
      expect(stderr).toMatch(/\nOK\n/);
    },
    600_000,
  );
});
