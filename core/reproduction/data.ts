import { type DvcItem, type DvcRemotes, type DvcStage, objectOf } from '../dvc/pointers.ts';
import type { DataInput, DataObject } from './facts.ts';

/** A dataset as MLflow's client describes it. */
export interface LoggedDataset {
  readonly name: string;
  readonly digest: string;
  readonly context?: string | undefined;
  readonly sourceType: string;
  /** JSON, as a rule. */
  readonly source: string;
}

/** What DVC's files among a run's own say. Paths are from the root of the code. */
export interface DvcRecord {
  /** What each `.dvc` file points at. */
  readonly pointers: readonly { readonly file: string; readonly item: DvcItem }[];
  readonly stages: readonly DvcStage[];
  readonly remotes: DvcRemotes;
}

/** What a run read: its datasets, and what DVC says of the rest. */
export function dataOf(
  datasets: readonly LoggedDataset[],
  dvc: DvcRecord,
  program: string | undefined,
): DataInput[] {
  const tracked = [...dvc.pointers, ...dependencies(dvc, program)];
  const used = new Set<string>();
  const named = datasets.map((dataset) => {
    const { name, digest, context, sourceType, source } = dataset;
    const about = { name, digest, ...(context && { context }), sourceType, source };
    const place = placeOf(source);
    const match = isLocal(place) ? meant(place, tracked) : undefined;
    if (match) used.add(match.file);
    return { ...about, ...(match ? found(match.item, dvc.remotes) : atPlace(place, source)) };
  });
  const rest = tracked.filter(({ file }) => !used.has(file));
  return [
    ...named,
    ...rest.map(({ file, item }) => ({
      name: file,
      sourceType: 'dvc',
      ...found(item, dvc.remotes),
    })),
  ];
}

type Result = Pick<DataInput, 'object' | 'unresolved'>;

/** Where the data lay, as the JSON of a source says it. */
function placeOf(source: string): string | undefined {
  try {
    const { uri, url, path } = JSON.parse(source);
    return [uri, url, path].find((place) => typeof place === 'string');
  } catch {
    return source;
  }
}

/** A path on the machine that ran it, and no address. */
const isLocal = (place: string | undefined): place is string =>
  place !== undefined && (/^file:/.test(place) || !/^[a-z][\w+.-]*:/i.test(place));

const pathOf = (place: string): string => place.replace(/^file:(\/\/)?/, '');

/** What is tracked at a path that this one ends with, or has its pointer there: the longest such. */
function meant<T extends { file: string; item: DvcItem }>(
  place: string,
  tracked: readonly T[],
): T | undefined {
  const path = `/${pathOf(place).replace(/^(\.\/)+/, '')}`;
  const ends = tracked.flatMap((one) =>
    [one.item.path, one.file].map((end = '') => ({ one, end })),
  );
  const its = ends.filter(({ end }) => end !== '' && path.endsWith(`/${end}`));
  return its.sort((a, b) => b.end.length - a.end.length)[0]?.one;
}

const KEPT_BY_DVC = /\/files\/md5\/([0-9a-f]{2})\/([0-9a-f]{30})(\.dir)?$/;

/** What lies where the program itself reads it. */
function atPlace(place: string | undefined, source: string): Result {
  if (place !== undefined && /^s3[an]?:\/\//.test(place)) {
    const [, first, rest, folder] = KEPT_BY_DVC.exec(place) ?? [];
    const md5 = first && rest && !folder ? { md5: first + rest } : {};
    return { object: { uri: place.replace(/^s3[an]:/, 's3:'), ...md5 } };
  }
  if (!isLocal(place) || isOfCode(source)) return {};
  const path = pathOf(place);
  return {
    unresolved: path.endsWith('.dvc')
      ? `${path} is not among the files of the run`
      : `${path} is a path of the machine that ran it, and no .dvc file among the files of the run is for it`,
  };
}

/** A source that is the program itself, or a dataset of a hub by its name. */
const isOfCode = (source: string): boolean => {
  try {
    const { tags, revision, config_name } = JSON.parse(source);
    return [tags, revision, config_name].some((field) => field !== undefined);
  } catch {
    return false;
  }
};

function found(item: DvcItem, remotes: DvcRemotes): Result {
  const object = objectOf(item, remotes);
  if (typeof object === 'string') return { unresolved: `DVC keeps it, but ${object}` };
  const { path, md5, size, isFolder, isOfDvc2 } = item;
  if (path && /^\/|(^|\/)\.\.(\/|$)/.test(path)) {
    return { unresolved: `its path ${path} leads out of the code` };
  }
  const kept: DataObject = {
    ...object,
    ...(path && { path }),
    // What DVC 2 hashed may not be the bytes that it kept.
    ...(md5 && !(isOfDvc2 && !isFolder) && { md5 }),
    ...(size !== undefined && { size }),
    ...(isFolder && { isFolder }),
  };
  return { object: kept };
}

/** What git keeps, as a rule: DVC's remote has no object of it. */
const CODE = /\.(py|ipynb|r|jl|sh|sql|ya?ml|toml|cfg|ini)$/i;

/** What the stage of a program depends on; of all stages where none is known to be its own. */
function dependencies({ pointers, stages }: DvcRecord, program: string | undefined) {
  const own = stageOf(stages, program);
  const outs = new Set(stages.flatMap((stage) => stage.outs.map(({ path }) => path)));
  const known = new Set(pointers.map(({ item }) => item.path));
  const isData = ({ path = '' }: DvcItem) =>
    !known.has(path) && (outs.has(path) || !CODE.test(path));
  const deps = (own ? [own] : stages).flatMap((stage) => stage.deps.filter(isData));
  const byPath = new Map(deps.map((item) => [item.path ?? '', item]));
  return [...byPath].map(([file, item]) => ({ file, item }));
}

/** The one stage that a program is of. */
export function stageOf(
  stages: readonly DvcStage[],
  program: string | undefined,
): DvcStage | undefined {
  if (program === undefined) return undefined;
  const ends = (path = '') =>
    `/${program}`.endsWith(`/${path}`) || `/${path}`.endsWith(`/${program}`);
  const its = stages.filter(({ deps }) =>
    deps.some(({ path }) => path !== undefined && ends(path)),
  );
  return its.length === 1 ? its[0] : undefined;
}
