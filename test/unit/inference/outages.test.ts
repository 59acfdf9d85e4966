import { describe, expect, it } from '@jest/globals';
import { AppError } from '#core/errors.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { DEFAULT_TIMES } from '../../../functions/inference/endpoints.ts';
import { createService } from '../../../functions/inference/service.ts';
import { clientOf, servingEndpoint } from '../../helpers/inference.ts';
import { artifactOf, echoModel } from '../../helpers/tiny-model.ts';

const x = { name: 'x', datatype: 'FP32', shape: ['rows', 1] } as const;
const [first, second] = [echoModel([x]), echoModel([x, { ...x, name: 'unused' }])];
const files = new Map(
  [first, second].map(({ model }) => [artifactOf(model).sha256, model] as const),
);
/** As functions/_shared/aws-read.ts answers when its attempts are used up. */
const down = (service: string) =>
  new AppError('unavailable', `${service} is not answering: try again`);

/** A function in front of a table and a bucket that can be taken away. */
function setUp() {
  const world = {
    now: 1_000_000,
    table: true,
    bucket: true,
    record: servingEndpoint('e', first) as ServingEndpoint | undefined,
  };
  const service = createService({
    fetchEndpoint: async () => {
      if (!world.table) throw down('dynamodb');
      return world.record;
    },
    fetchArtifact: async ({ sha256 }) => {
      if (!world.bucket) throw down('s3');
      return files.get(sha256) as Uint8Array;
    },
    warn: () => {},
    functionMegabytes: 1769,
    now: () => world.now,
  });
  const call = clientOf(service);
  const tensor = { name: 'x', datatype: 'FP32', shape: [1, 1], data: [2] };
  const infer = async () => {
    const answer = await call({ path: '/v2/models/e/infer', body: { inputs: [tensor] } });
    // Refreshes run behind the answer.
    await new Promise((resolve) => setTimeout(resolve, 5));
    return answer;
  };
  return { world, service, infer };
}

const HOUR = 3_600_000;

describe('DynamoDB does not answer', () => {
  it('a loaded model goes on answering, for as long as that takes', async () => {
    const { world, infer } = setUp();
    await infer();
    world.table = false;
    for (const later of [DEFAULT_TIMES.soft, DEFAULT_TIMES.hard, HOUR, 24 * HOUR]) {
      world.now += later;
      expect((await infer()).status).toBe(200);
    }
  });

  it('an endpoint that this function has not served yet is unavailable, until it does', async () => {
    const { world, infer } = setUp();
    world.table = false;
    const { status, headers, json } = await infer();
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(json.error).toContain('try again');
    world.table = true;
    expect((await infer()).status).toBe(200);
  });
});

describe('S3 does not answer', () => {
  it('a loaded model goes on answering', async () => {
    const { world, infer } = setUp();
    await infer();
    world.bucket = false;
    world.now += HOUR;
    expect((await infer()).status).toBe(200);
  });

  it('a model that is not in memory is unavailable, until it does', async () => {
    const { world, infer, service } = setUp();
    await infer();
    service.sessions.clear();
    world.bucket = false;
    const { status, headers } = await infer();
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    world.bucket = true;
    expect((await infer()).status).toBe(200);
  });

  it('a version that was put live meanwhile waits, and the one before answers', async () => {
    const { world, infer } = setUp();
    await infer();
    world.bucket = false;
    world.record = { ...servingEndpoint('e', first), revision: 4 };
    world.record.variants = servingEndpoint('e', second).variants;
    const revisionAfter = async (milliseconds: number) => {
      world.now += milliseconds;
      const { status, headers } = await infer();
      return [status, headers['x-skiff-endpoint-revision']];
    };
    for (let i = 0; i < 20; i++) {
      expect(await revisionAfter(DEFAULT_TIMES.soft)).toEqual([200, '3']);
    }
    world.bucket = true;
    await revisionAfter(DEFAULT_TIMES.soft);
    // The new model has another input: it is told by its complaint.
    expect(await revisionAfter(DEFAULT_TIMES.soft)).toEqual([400, '4']);
  });
});

describe('the record of an endpoint is gone', () => {
  it('it stops answering within the time to live', async () => {
    const { world, infer } = setUp();
    await infer();
    world.record = undefined;
    world.now += DEFAULT_TIMES.soft;
    await infer();
    expect((await infer()).status).toBe(404);
  });
});
