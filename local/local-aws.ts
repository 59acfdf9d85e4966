import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createToken } from '../functions/access/index.ts';
import { request } from './api-client.ts';
import { startArtifactHost, stopArtifactHost } from './artifact-host/process.ts';
import { stopCdk } from './cdk.ts';
import { deploy, deployed, isUnchanged, localApiUrl, type Outputs } from './deploy.ts';
import { deleteStacks, dynamo, hasStacks, hasTable } from './emulated-aws.ts';
import { eraseState, isRunning, startEmulator, stopEmulator } from './emulator.ts';
import { alone } from './lock.ts';
import { LocalProblem } from './problems.ts';
import { emulatorPython } from './python.ts';
import { artifactPort, type Place, REGION } from './settings.ts';

/** What other programs need to know; written to `local.json`. */
export interface LocalAws {
  readonly apiUrl: string;
  readonly token: string;
  readonly awsEndpointUrl: string;
  /** Of the host that takes artifacts of any size; an emulator of the user's has none. */
  readonly artifactHost?: string;
  readonly region: string;
  readonly buckets: { readonly artifacts: string; readonly data: string };
  readonly table: string;
  readonly eventBus: string;
  /** By name; ARNs of streams and URLs of queues. */
  readonly streams: Readonly<Record<string, LocalStream>>;
}

export interface LocalStream {
  readonly source: string;
  readonly sink: string;
  readonly rejects: string;
}

interface Options {
  /** Throws away what is stored and deploys anew. */
  readonly fresh?: boolean;
  readonly log?: (line: string) => void;
}

/** The running local AWS of this place, or undefined. */
export async function runningLocalAws(place: Place): Promise<LocalAws | undefined> {
  const info = savedInfo(place);
  if (!deployed(place) || info?.awsEndpointUrl !== place.endpoint) return undefined;
  if (!(await isRunning(place))) return undefined;
  // One in a container may have been started anew, empty.
  return place.external && !(await hasTable(place, info.table)) ? undefined : info;
}

/**
 * Starts the local AWS with the stacks of this checkout, or takes the one that runs already.
 * Where it cannot be brought up, nothing is left running.
 *
 * @throws LocalProblem saying what is missing and the way out
 */
export const ensureLocalAws = (place: Place, options: Options = {}): Promise<LocalAws> =>
  alone(place, async () => {
    const { fresh = false, log = () => {} } = options;
    if (!place.external) emulatorPython(log);
    const before = fresh ? undefined : deployed(place);
    if (before && !(await isUnchanged(place, before, log))) throw changed();
    const running = before && (await runningLocalAws(place));
    if (running) {
      await startArtifactHost(place, running.buckets.data);
      return running;
    }
    try {
      return await bringUp(place, { fresh, log });
    } catch (error) {
      await stopArtifactHost(place);
      await stopEmulator(place);
      throw error;
    }
  });

async function bringUp(place: Place, { fresh, log }: Required<Options>): Promise<LocalAws> {
  const before = fresh ? undefined : deployed(place);
  await stopArtifactHost(place);
  if (!before) {
    await stopEmulator(place);
    eraseState(place);
  }
  await startEmulator(place, log);
  const kept = before && (await hasTable(place, before.outputs.TableName));
  if (before && !kept && !place.external) throw lost();
  if (!kept && place.external) await makeRoom(place, fresh);
  const outputs = kept ? before.outputs : await deploy(place, log);
  const apiUrl = localApiUrl(place, outputs.ApiUrl);
  await waitForApi(place, apiUrl);
  await startArtifactHost(place, outputs.DataBucket);
  const token = (await earlierToken(place, apiUrl)) ?? (await adminToken(place, outputs.TableName));
  return save(place, outputs, { apiUrl, token });
}

/** In an emulator of the user's, stacks of somebody else may be in the way. */
async function makeRoom(place: Place, fresh: boolean): Promise<void> {
  if (!(await hasStacks(place))) return;
  if (fresh) return deleteStacks(place);
  throw new LocalProblem(
    `the emulator at ${place.endpoint} has stacks of Skiff that were not deployed from here: \`npm start -- --fresh\` deletes them with their data and deploys anew; or use another emulator`,
  );
}

const changed = () =>
  new LocalProblem(
    'the stacks have changed since they were deployed here, and the local AWS cannot update them in place without losing data. `npm start -- --fresh` throws away all local models, endpoints and files and deploys anew; to keep them, go back to the code that they were deployed with',
  );

const lost = () =>
  new LocalProblem(
    'the local AWS was not stopped cleanly after its first deploy and has lost its data (it saves only when it stops): `npm start -- --fresh` clears what is left and deploys anew',
  );

/** Stops it, and what is being deployed; answers whether it ran. */
export async function stopLocalAws(place: Place): Promise<boolean> {
  await stopCdk();
  await stopArtifactHost(place);
  return stopEmulator(place);
}

async function waitForApi(place: Place, apiUrl: string): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const { status } = await request({ apiUrl, token: '' }, 'GET', '/api/v1/health').catch(() => ({
      status: 0,
    }));
    if (status === 200) return;
    await sleep(500);
  }
  throw new LocalProblem(
    `the API does not answer at ${apiUrl}: see ${join(place.folder, 'emulator.log')}, or start over with npm start -- --fresh`,
  );
}

async function earlierToken(place: Place, apiUrl: string): Promise<string | undefined> {
  const token = savedInfo(place)?.token;
  if (!token) return undefined;
  const { status } = await request({ apiUrl, token }, 'GET', '/api/v1/models');
  return status === 200 ? token : undefined;
}

async function adminToken(place: Place, name: string): Promise<string> {
  const documents = DynamoDBDocumentClient.from(dynamo(place));
  const { token } = await createToken(
    { name: 'local-admin', scopes: ['admin'] },
    { actor: 'create-token' },
    { documents, name },
  );
  return token;
}

function save(place: Place, outputs: Outputs, api: Pick<LocalAws, 'apiUrl' | 'token'>): LocalAws {
  const info: LocalAws = {
    ...api,
    awsEndpointUrl: place.endpoint,
    ...(!place.external && { artifactHost: `http://127.0.0.1:${artifactPort(place)}` }),
    region: REGION,
    buckets: { artifacts: outputs.ArtifactsBucket, data: outputs.DataBucket },
    table: outputs.TableName,
    eventBus: outputs.EventBusName,
    streams: streamsOf(outputs),
  };
  mkdirSync(dirname(place.info), { recursive: true });
  writeFileSync(place.info, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
  return info;
}

/** As infra/constructs/streams.ts names them. */
function streamsOf(outputs: Outputs): LocalAws['streams'] {
  const found = Object.entries(outputs).flatMap(([output, sink]) => {
    const [, id] = /^Stream(\w+)SinkAddress$/.exec(output) ?? [];
    if (!id) return [];
    const of = (what: string) =>
      (outputs as Outputs & Record<string, string>)[`Stream${id}${what}`];
    return [[id.toLowerCase(), { sink, source: of('SourceAddress'), rejects: of('RejectsUrl') }]];
  });
  return Object.fromEntries(found);
}

function savedInfo({ info }: Place): LocalAws | undefined {
  if (!existsSync(info)) return undefined;
  return JSON.parse(readFileSync(info, 'utf8')) as LocalAws;
}
