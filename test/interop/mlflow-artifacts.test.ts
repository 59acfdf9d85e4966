import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { artifactHostPid } from '../../local/artifact-host/process.ts';
import { placeOf } from '../../local/settings.ts';
import { runMlflow } from '../helpers/mlflow-client.ts';

const script = join(import.meta.dirname, 'mlflow/artifacts_test.py');
/** Half of the larger file; Node with its buffers takes 200 MB at most. */
const HOST_BYTES = 256 * 2 ** 20;

/** The most memory that the host of artifacts has had (Linux). */
function peakOfHost(): number {
  const status = readFileSync(`/proc/${artifactHostPid(placeOf('e2e'))}/status`, 'utf8');
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return Number(kilobytes) * 1024;
}

describe('the unmodified MLflow client, deployed', () => {
  // The older one fetches through the host too, where the newer one goes to S3 unless it is told.
  it.each([
    ['3.6.0', 500e6],
    ['3.17.2', 50e6],
  ] as const)(
    '%s sends a file of %d bytes in one request, which flows through in little memory',
    async (client, bytes) => {
      const env = { SKIFF_TEST_BYTES: String(bytes) };
      const { status, stderr } = await runMlflow(client, [script], env);
      expect(stderr).toContain(`MLflow ${client}`);
      expect(status === 0 ? '' : stderr).toBe('');
      expect(stderr).toMatch(/\nOK\n/);
      expect(peakOfHost()).toBeLessThan(HOST_BYTES);
    },
    600_000,
  );
});
