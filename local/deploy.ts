import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cdk } from './cdk.ts';
import { setTimeToLive } from './emulated-aws.ts';
import { ACCOUNT, type Place, REGION, ROOT } from './settings.ts';
import { digestSources } from './sources.ts';

export interface Outputs {
  /** As on AWS; `localApiUrl` says where the emulator serves it. */
  readonly ApiUrl: string;
  readonly TableName: string;
  readonly ArtifactsBucket: string;
  readonly DataBucket: string;
  readonly EventBusName: string;
}

export interface Deployed {
  /** Of the templates. */
  readonly digest: string;
  /** Of the files that they were made of. */
  readonly sources: string;
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
async function synthesise(place: Place): Promise<string> {
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
export async function deploy(place: Place, log: (line: string) => void): Promise<Outputs> {
  const sources = digestSources(ROOT);
  log('synthesising the stacks');
  const digest = await synthesise(place);
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
  const { SkiffPlatform: outputs } = JSON.parse(readFileSync(outputsFile, 'utf8')) as {
    SkiffPlatform: Outputs;
  };
  await setTimeToLive(place, outputs.TableName);
  remember(place, { digest, sources, outputs });
  return outputs;
}

/**
 * Whether the stacks of this checkout are the ones that were deployed here. Synthesises them only
 * where a file has changed, because that takes longer than to start.
 */
export async function isUnchanged(
  place: Place,
  before: Deployed,
  log: (line: string) => void,
): Promise<boolean> {
  const sources = digestSources(ROOT);
  if (before.sources === sources) return true;
  log('synthesising the stacks, because files have changed');
  if ((await synthesise(place)) !== before.digest) return false;
  remember(place, { ...before, sources });
  return true;
}

const remember = (place: Place, what: Deployed): void =>
  writeFileSync(deployedFile(place), JSON.stringify(what));

/** The emulator serves every API under its own address, whichever port that has today. */
export function localApiUrl({ endpoint }: Pick<Place, 'endpoint'>, apiUrl: string): string {
  const id = /^https?:\/\/([a-z0-9]+)\.execute-api\./.exec(apiUrl)?.[1];
  return id ? `${endpoint}/_aws/execute-api/${id}/$default` : apiUrl;
}
