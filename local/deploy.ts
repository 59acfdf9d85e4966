import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { LocalProblem } from './problems.ts';
import { ACCOUNT, localCredentials, type Place, REGION, ROOT } from './settings.ts';

const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');

export interface Outputs {
  readonly ApiUrl: string;
  readonly TableName: string;
  readonly ArtifactsBucket: string;
  readonly DataBucket: string;
  readonly EventBusName: string;
}

interface Deployed {
  readonly digest: string;
  readonly outputs: Outputs;
}

const deployedFile = ({ folder }: Place) => join(folder, 'deployed.json');
const assembly = ({ folder }: Place) => join(folder, 'cdk.out');

/** What was deployed here, if anything. */
export function deployed(place: Place): Deployed | undefined {
  if (!existsSync(deployedFile(place))) return undefined;
  return JSON.parse(readFileSync(deployedFile(place), 'utf8')) as Deployed;
}

/** Synthesises the stacks and answers the digest of all that they would deploy. */
export async function synthesise(place: Place): Promise<string> {
  await cdk(place, ROOT, ['synth', '--quiet', '-c', 'stage=local', '-o', assembly(place)]);
  return digestTemplates(assembly(place));
}

/** Templates name their assets by content, so that their digest covers the code too. */
export function digestTemplates(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.template.json'))
    .sort()) {
    hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
}

/** The real `cdk deploy`, into the emulator; then what its CloudFormation leaves out. */
export async function deploy(
  place: Place,
  digest: string,
  log: (line: string) => void,
): Promise<Outputs> {
  log('bootstrapping');
  // Away from the project: in it, bootstrap would synthesise again, without the bundles.
  mkdirSync(place.temporary, { recursive: true });
  await cdk(place, place.temporary, ['bootstrap', `aws://${ACCOUNT}/${REGION}`]);
  log('deploying the stacks: cdk deploy');
  const outputsFile = join(place.folder, 'outputs.json');
  await cdk(place, ROOT, [
    ...['deploy', '--all', '--app', assembly(place), '--method=direct'],
    ...['--require-approval', 'never', '--outputs-file', outputsFile],
  ]);
  const { SkiffPlatform } = JSON.parse(readFileSync(outputsFile, 'utf8')) as {
    SkiffPlatform: Outputs;
  };
  const outputs = { ...SkiffPlatform, ApiUrl: localApiUrl(place, SkiffPlatform.ApiUrl) };
  await repair(place, outputs);
  writeFileSync(deployedFile(place), JSON.stringify({ digest, outputs } satisfies Deployed));
  return outputs;
}

/** The emulator serves every API under its own address. */
export function localApiUrl({ endpoint }: Pick<Place, 'endpoint'>, apiUrl: string): string {
  const id = /^https?:\/\/([a-z0-9]+)\./.exec(apiUrl)?.[1];
  return id ? `${endpoint}/_aws/execute-api/${id}/$default` : apiUrl;
}

/** CloudFormation in the emulator forgets the time to live; on AWS the template sets it. */
async function repair(place: Place, { TableName }: Outputs): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: place.endpoint,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

/** Runs the CDK's command line; its output goes to a file and is shown where it fails. */
async function cdk(place: Place, cwd: string, args: string[]): Promise<void> {
  mkdirSync(place.folder, { recursive: true });
  const logFile = join(place.folder, `cdk-${args[0]}.log`);
  const { AWS_PROFILE, AWS_SESSION_TOKEN, CDK_DEFAULT_ACCOUNT, ...env } = process.env;
  const child = spawn(process.execPath, [CDK, ...args, '--no-notices', '--no-color'], {
    cwd,
    env: { ...env, ...localCredentials(place.endpoint), CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = createWriteStream(logFile);
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(file, { end: false });
    stream.on('data', (chunk: Buffer) => tail.push(chunk.toString()));
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  file.end();
  if (code === 0) return;
  const lines = tail
    .join('')
    .trim()
    .split('\n')
    .filter((line) => line.trim());
  const end = lines
    .slice(-15)
    .map((line) => line.slice(0, 300))
    .join('\n');
  throw new LocalProblem(
    `cdk ${args[0]} failed; all of it is in ${logFile}, the end is:\n\n${end}`,
  );
}
