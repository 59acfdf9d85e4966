import * as z from 'zod';
import { logger } from '#shared/observability.ts';
import { EndpointName } from '#slices/deployments';
import { idOfDrop, requestJob } from '../jobs.ts';
import { NewJob } from '../schema.ts';

/** EventBridge's notice of a new object, its detail only. */
const Dropped = z.object({
  object: z.object({
    key: z.string(),
    size: z.number().optional(),
    etag: z.string().default(''),
    'version-id': z.string().optional(),
  }),
});

const INBOX = /^batch\/in\/([^/]+)\/(.+)$/;

/** An object under `batch/in/<endpoint>/` is a job of its own. */
export const handler = async (event: unknown): Promise<void> => {
  const { object } = Dropped.parse(event);
  const [, endpoint = '', name = ''] = INBOX.exec(object.key) ?? [];
  const isFile = object.size !== 0 && !/(^|\/)[_.][^/]*$|\/$/.test(name);
  if (!isFile || !EndpointName.safeParse(endpoint).success) {
    logger.info('not an input', { 'aws.s3.object.key': object.key });
    return;
  }
  const content = object['version-id'] ?? object.etag;
  const id = idOfDrop(endpoint, object.key, content);
  const wanted = NewJob.parse({ endpoint, input: { prefix: object.key } });
  await requestJob(wanted, { actor: 'skiff' }, { id });
};
