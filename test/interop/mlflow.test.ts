import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CLIENTS, runMlflow } from '../helpers/mlflow-client.ts';

const SCRIPTS = { tracks: 'tracking_test.py', registers: 'registry_test.py' };
const cases = CLIENTS.flatMap((client) =>
  Object.entries(SCRIPTS).map(([does, script]) => [client, does, script] as const),
);

describe('the unmodified MLflow client, deployed', () => {
  it.each(cases)(
    '%s %s',
    async (client, _, script) => {
      const path = join(import.meta.dirname, 'mlflow', script);
      const { status, stderr } = await runMlflow(client, [path]);
      expect(stderr).toContain(`MLflow ${client}`);
      expect(status === 0 ? '' : stderr).toBe('');
      expect(stderr).toMatch(/\nOK\n/);
    },
    600_000,
  );
});
