import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { dataBucket } from '../helpers/data-bucket.ts';
import { runMlflow } from '../helpers/mlflow-client.ts';
import { stack } from '../helpers/stack.ts';

const script = join(import.meta.dirname, 'mlflow/reproduction_test.py');
/** Where DVC would have put it, in a remote that is a folder of the bucket. */
const CSV = 'age,wage\n31,2500\n44,3100\n52,4200\n23,1900\n';
const MD5 = createHash('md5').update(CSV).digest('hex');

it('a training of the newest client is written down and run again, with the same metrics', async () => {
  const { awsEndpointUrl, buckets } = stack();
  await dataBucket().put(`dvc/files/md5/${MD5.slice(0, 2)}/${MD5.slice(2)}`, Buffer.from(CSV));
  const { status, stderr } = await runMlflow('3.17.2', [script], {
    ...{ AWS_ENDPOINT_URL: awsEndpointUrl, DATA_BUCKET: buckets.data, DATA: CSV },
  });
  expect(status === 0 ? '' : stderr).toBe('');
  expect(stderr).toMatch(/\nOK\n/);
}, 120_000);
