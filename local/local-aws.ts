import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createToken } from '../functions/access/index.ts';
import { request } from './api-client.ts';
import { deploy, deployed, type Outputs, synthesise } from './deploy.ts';
import { eraseState, isRunning, startEmulator, stopEmulator } from './emulator.ts';
import { LocalProblem } from './problems.ts';
import { type Place, REGION } from './settings.ts';

/** What other programs need to know; written to `local.json`. */
export interface LocalAws {
  readonly apiUrl: string;
  readonly token: string;
  readonly awsEndpointUrl: string;
  readonly region: string;
  readonly buckets: { readonly artifacts: string; readonly data: string };
  readonly table: string;
  readonly eventBus: string;
}

interface Options {
  /** Throws away what is stored and deploys anew. */
  readonly fresh?: boolean;
  readonly log?: (line: string) => void;
}

const infoFile = ({ folder }: Place) => join(folder, 'local.json');

/** The running local AWS of this place, or undefined. */
export async function runningLocalAws(place: Place): Promise<LocalAws | undefined> {
  if (!existsSync(infoFile(place)) || !(await isRunning(place))) return undefined;
  const info = JSON.parse(readFileSync(infoFile(place), 'utf8')) as LocalAws;
  return info.awsEndpointUrl === place.endpoint ? info : undefined;
}

/**
 * Starts the local AWS with the stacks of this checkout, or takes the one that runs already.
 *
 * @throws LocalProblem saying what is missing and the way out
 */
export async function ensureLocalAws(
  place: Place,
  { fresh = false, log = () => {} }: Options = {},
): Promise<LocalAws> {
  mkdirSync(place.folder, { recursive: true });
  const running = await runningLocalAws(place);
  if (running && !fresh) return running;
  log('synthesising the stacks');
  const digest = await synthesise(place);
  const before = deployed(place);
  if (before && before.digest !== digest && !fresh) throw changed();
  if (fresh || !before) {
    await stopEmulator(place);
    eraseState(place);
  }
  await startEmulator(place, log);
  const outputs = fresh || !before ? await deploy(place, digest, log) : before.outputs;
  await waitForApi(outputs.ApiUrl);
  const token =
    (await earlierToken(place, outputs.ApiUrl)) ?? (await adminToken(place, outputs.TableName));
  return save(place, outputs, token);
}

const changed = () =>
  new LocalProblem(
    'the stacks have changed since they were deployed here, and the local AWS cannot update them in place without losing data. `npm start -- --fresh` throws away all local models, endpoints and files and deploys anew; to keep them, go back to the code that they were deployed with',
  );

/** Stops it; answers whether it ran. */
export const stopLocalAws = (place: Place): Promise<boolean> => stopEmulator(place);

async function waitForApi(apiUrl: string): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const { status } = await request({ apiUrl, token: '' }, 'GET', '/api/v1/health').catch(() => ({
      status: 0,
    }));
    if (status === 200) return;
    await sleep(500);
  }
  throw new LocalProblem(
    `the API does not answer at ${apiUrl}: see .skiff/emulator.log, or start over with npm start -- --fresh`,
  );
}

async function earlierToken(place: Place, apiUrl: string): Promise<string | undefined> {
  if (!existsSync(infoFile(place))) return undefined;
  const { token } = JSON.parse(readFileSync(infoFile(place), 'utf8')) as LocalAws;
  const { status } = await request({ apiUrl, token }, 'GET', '/api/v1/models');
  return status === 200 ? token : undefined;
}

async function adminToken(place: Place, name: string): Promise<string> {
  const client = new DynamoDBClient({
    endpoint: place.endpoint,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const documents = DynamoDBDocumentClient.from(client);
  const { token } = await createToken(
    { name: 'local-admin', scopes: ['admin'] },
    { documents, name },
  );
  return token;
}

function save(place: Place, outputs: Outputs, token: string): LocalAws {
  const info: LocalAws = {
    apiUrl: outputs.ApiUrl,
    token,
    awsEndpointUrl: place.endpoint,
    region: REGION,
    buckets: { artifacts: outputs.ArtifactsBucket, data: outputs.DataBucket },
    table: outputs.TableName,
    eventBus: outputs.EventBusName,
  };
  writeFileSync(infoFile(place), `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
  return info;
}
