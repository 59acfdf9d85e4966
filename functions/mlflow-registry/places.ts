import { AppError } from '#core/errors.ts';
import { getAlias } from '#slices/registry';
import {
  type LoggedModel,
  type MlflowRequest,
  pathOf,
  type Run,
  readLoggedModel,
  readRun,
  type Space,
  withoutHost,
} from '#slices/tracking';
import { registryName, requireModel } from './names.ts';
import { readModel, readVersion } from './reads.ts';
import { materialise } from './served-files.ts';

/** What a client says of a new version's origin. */
export interface Origin {
  readonly source: string;
  readonly run_id?: string | undefined;
  readonly model_id?: string | undefined;
}

/** Who names a source, and must be let to what it is. */
type Asker = Pick<MlflowRequest<unknown>, 'space' | 'caller'>;

/** Where the files of a new version are, and what they came from. */
export interface Place {
  /** Of its files among those of the workspace; undefined where they lie elsewhere. */
  readonly directory: string | undefined;
  readonly run?: Run | undefined;
  readonly model?: LoggedModel | undefined;
  readonly source: string;
}

/**
 * Finds what a source stands for. As MLflow's server has it, files that are kept here must belong
 * to the run or logged model that is named as their origin.
 *
 * @throws AppError `invalid` for a source that is none, or belongs to another run or model
 */
export async function findPlace(asker: Asker, told: Origin): Promise<Place> {
  const { space } = asker;
  const origin = { ...told, source: withoutHost(told.source) };
  const { source } = origin;
  checkSource(source);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source)?.[1]?.toLowerCase();
  if (scheme === 'models') return ofModels(asker, origin);
  const model = origin.model_id ? await modelOf(space, origin) : undefined;
  const runId = origin.run_id || model?.sourceRunId;
  if (scheme === 'runs') return ofRun(space, origin);
  const run = runId ? await readRun(space, runId).catch(nothing) : undefined;
  if (scheme !== 'mlflow-artifacts') return { directory: undefined, run, model, source };
  const roots = [model?.artifactUri, run?.info.artifactUri].flatMap((uri) => uri ?? []);
  if (roots.some((root) => source === root || source.startsWith(`${root}/`))) {
    return { directory: pathWithin(source), run, model, source };
  }
  throw foreign(source, origin.model_id ? 'model_id' : 'run_id');
}

const LOCAL =
  'To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.';

/** @throws AppError `invalid` for a path of the client's own disk, and for one that climbs */
function checkSource(source: string): void {
  const isLocal = /^file:/i.test(source) || !/^[a-z][a-z0-9+.-]+:/i.test(source);
  if (isLocal) throw new AppError('invalid', `Invalid model version source: '${source}'. ${LOCAL}`);
  let text = source;
  for (let decoded = decode(text); decoded !== text; decoded = decode(text)) text = decoded;
  if (!/\p{Cc}/u.test(text) && !text.split(/[/\\]/).includes('..')) return;
  throw new AppError(
    'invalid',
    `Invalid model version source: '${source}'. An absolute path must be provided without relative path references present.`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `models:/m-<id>`, `models:/<name>/<version>` or `models:/<name>@<alias>`. */
async function ofModels(asker: Asker, origin: Origin): Promise<Place> {
  const { space } = asker;
  const { source } = origin;
  const [, id] = /^models:\/+(m-[^/@]+)$/.exec(source) ?? [];
  if (id !== undefined) {
    if (origin.model_id && origin.model_id !== id) throw foreign(source, 'model_id');
    const model = await modelOf(space, { ...origin, model_id: id });
    const runId = origin.run_id || model.sourceRunId;
    const run = runId ? await readRun(space, runId).catch(nothing) : undefined;
    return { directory: pathWithin(model.artifactUri), run, model, source };
  }
  const [, name = '', version, alias] =
    /^models:\/+([^/@]+)(?:\/(\d{1,9})|@([^/@]+))$/.exec(source) ?? [];
  if (name === '') throw foreign(source, 'model_id');
  requireModel(asker, registryName(space, name));
  return ofVersion(asker, name, version ?? (await aimOf(space, name, alias as string)));
}

const aimOf = async (space: Space, name: string, alias: string): Promise<number> =>
  (await getAlias((await readModel(space, name)).name, alias)).version;

/** A copy: of what is served, or of where the files of a kept version are. */
async function ofVersion(asker: Asker, name: string, number: string | number): Promise<Place> {
  const { space } = asker;
  const head = await readVersion(space, name, Number(number));
  const source = `models:/${name}/${head.version}`;
  const { runId, modelId } = head.mlflow ?? {};
  if (head.why !== undefined) {
    const before = { source: head.mlflow?.source ?? '', run_id: runId, model_id: modelId };
    return { ...(await findPlace(asker, before)), source };
  }
  const run = runId ? await readRun(space, runId).catch(nothing) : undefined;
  const model = modelId ? await readLoggedModel(space, modelId).catch(nothing) : undefined;
  return { directory: await materialise(space, head), run, model, source };
}

async function ofRun(space: Space, { source, run_id }: Origin): Promise<Place> {
  const [, id, path] = /^runs:\/+([^/]+)\/(.+)$/.exec(source) ?? [];
  if (!id || !path || (run_id && run_id !== id)) throw foreign(source, 'run_id');
  const run = await readRun(space, id).catch(nothing);
  const root = run && pathWithin(run.info.artifactUri);
  return { directory: root === undefined ? undefined : `${root}/${path}`, run, source };
}

async function modelOf(space: Space, { source, model_id }: Origin): Promise<LoggedModel> {
  const model = await readLoggedModel(space, model_id as string).catch(nothing);
  if (model) return model;
  throw foreign(source, 'model_id');
}

const nothing = (error: unknown): undefined => {
  if (error instanceof AppError && error.code === 'not-found') return undefined;
  throw error;
};

const foreign = (source: string, field: string) =>
  new AppError(
    'invalid',
    `Invalid model version source: '${source}'. The ${field} request parameter must identify the resource that contains the source.`,
  );

/** Among the files of the workspace; undefined for those that lie elsewhere. */
const pathWithin = (uri: string): string | undefined =>
  uri.startsWith('mlflow-artifacts:') ? pathOf(uri) : undefined;
