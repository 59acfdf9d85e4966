import * as z from 'zod';
import { AppError } from '#core/errors.ts';
import { type Reply, route } from '#shared/http.ts';
import { describeRun, readKnown } from './record.ts';
import { reproduce } from './reproduction.ts';
import * as s from './schema.ts';

const OfRun = z.strictObject({ run: z.string().regex(/^[a-zA-Z0-9][\w-]{0,99}$/) });
const inWorkspace = ({ workspace }: { workspace: string }) => ({ workspaces: [workspace] });

/** A function's answer has 6 MB, its body being a text within JSON. */
const MAX_BYTES = 5_000_000;

function fitting(body: object): Reply {
  if (Buffer.byteLength(JSON.stringify(body)) <= MAX_BYTES) return { body };
  throw new AppError(
    'too-large',
    'the params, metrics and tags of this run are larger than an answer',
  );
}

export const routes = [
  route({
    method: 'GET',
    path: '/api/v1/runs/{run}',
    operation: 'getRun',
    summary: 'A run of an MLflow client: code, environment, data, seeds, metrics',
    description:
      'What MLflow keeps in tags, files and inputs is given as fields. Files of DVC among those of the run are resolved to objects in S3.',
    scope: 'read',
    names: { query: inWorkspace },
    params: OfRun,
    query: s.RunQuery,
    response: { status: 200, schema: s.RunRecord },
    run: async ({ params, query }) =>
      fitting(describeRun(await readKnown(query.workspace, params.run))),
  }),
  route({
    method: 'POST',
    path: '/api/v1/runs/{run}/reproduction',
    operation: 'reproduceRun',
    summary: 'A script, or input for Step Functions, that runs a run again; and what is missing',
    description:
      'Nothing is started and nothing kept. `missing` says what is not on record of the run, what it is needed for, and how later runs keep it.',
    scope: 'read',
    names: { body: inWorkspace },
    repeat: 'as it is',
    params: OfRun,
    body: s.NewReproduction,
    response: { status: 200, schema: s.Reproduction },
    run: async ({ params, body }) => fitting(await reproduce(params.run, body)),
  }),
];
