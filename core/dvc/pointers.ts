import { normalised } from '../tracking/names.ts';

/*
 * What DVC 2 and 3 write: `.dvc` files and `dvc.lock`, as parsed YAML whose scalars may all be texts,
 * and `.dvc/config`. Checked against DVC itself in test/references/dvc.
 */

/** A file or folder that DVC keeps: what it says of it in `outs` and `deps`. */
export interface DvcItem {
  /** From the root of the code, where the folder of the file that says it is known from there. */
  readonly path?: string;
  /** Of the bytes; of the list of its files where it is a folder, without `.dir`. */
  readonly md5?: string;
  readonly size?: number;
  readonly isFolder: boolean;
  /** DVC 2 hashed texts with their line ends made LF, and had another layout. */
  readonly isOfDvc2: boolean;
  /** Where it is kept, if not in the remote of all. */
  readonly remote?: string;
  /** S3's version ids by remote, of remotes that know versions. */
  readonly versions: ReadonlyMap<string, string>;
}

export interface DvcStage {
  readonly name: string;
  readonly command?: string;
  readonly deps: readonly DvcItem[];
  readonly outs: readonly DvcItem[];
}

type Fields = Readonly<Record<string, unknown>>;

const MD5 = /^([0-9a-f]{32})(\.dir)?$/;

/** What a `.dvc` file in a folder (`data/`) points at; nothing where it is none. */
export function pointersIn(document: unknown, folder = ''): DvcItem[] {
  const { outs, wdir } = fieldsOf(document);
  const of = textOf(wdir);
  return itemsOf(outs, of ? `${of.startsWith('/') ? '' : folder}${of}/` : folder);
}

/** The stages of a `dvc.lock` in a folder. */
export function stagesIn(document: unknown, folder = ''): DvcStage[] {
  return Object.entries(fieldsOf(fieldsOf(document).stages)).map(([name, stage]) => {
    const { cmd, deps, outs } = fieldsOf(stage);
    const command = Array.isArray(cmd) ? cmd.map(String).join(' && ') : textOf(cmd);
    const items = { deps: itemsOf(deps, folder), outs: itemsOf(outs, folder) };
    return { name, ...(command && { command }), ...items };
  });
}

const itemsOf = (list: unknown, folder: string): DvcItem[] =>
  Array.isArray(list) ? list.map((item) => itemOf(fieldsOf(item), folder)) : [];

/** What begins with `/` or a scheme is not relative. */
const within = (folder: string, path: string): string =>
  /^\/|^\w+:\/\//.test(path) ? path : normalised(`${folder}${path}`);

function itemOf({ path, md5, size, hash, remote, cloud }: Fields, folder: string): DvcItem {
  const [, digest, dir] = MD5.exec(textOf(md5) ?? '') ?? [];
  const [where, keptIn] = [textOf(path), textOf(remote)];
  return {
    ...(where && { path: within(folder, where) }),
    ...(digest && { md5: digest }),
    ...(/^\d{1,15}$/.test(textOf(size) ?? '') && { size: Number(size) }),
    ...{ isFolder: dir !== undefined, isOfDvc2: hash !== 'md5' },
    ...(keptIn && { remote: keptIn }),
    versions: new Map(
      Object.entries(fieldsOf(cloud)).flatMap(([name, of]) => {
        const id = textOf(fieldsOf(of).version_id);
        return id ? [[name, id] as const] : [];
      }),
    ),
  };
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
/** DVC quotes digests that look like numbers; other tools may not. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

export interface DvcRemotes {
  readonly urls: ReadonlyMap<string, string>;
  /** The remote of all that names no other. */
  readonly usual?: string;
}

/** The remotes of a `.dvc/config`. */
export function remotesIn(config: string): DvcRemotes {
  const urls = new Map<string, string>();
  let section = '';
  let usual: string | undefined;
  for (const line of config.split(/\r?\n/)) {
    const [, title] = /^\s*\[(.*)\]\s*$/.exec(line) ?? [];
    if (title !== undefined) section = title.replaceAll("'", '').trim();
    const [, key, value = ''] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const [, remote] = /^remote "(.*)"$/.exec(section) ?? [];
    if (remote !== undefined && key === 'url') urls.set(remote, value);
    if (section === 'core' && key === 'remote') usual = value;
  }
  const only = urls.size === 1 ? [...urls.keys()][0] : undefined;
  const chosen = usual ?? only;
  return { urls, ...(chosen && { usual: chosen }) };
}

/** An object in S3. */
export interface DvcObject {
  readonly uri: string;
  readonly versionId?: string;
}

/**
 * The object that holds an item: in DVC 3 `files/md5/<2>/<30>`, in DVC 2 `<2>/<30>`, below the
 * address of its remote; for a folder it is the list of its files (`.dir`). A remote that knows
 * versions keeps files by their paths.
 *
 * @returns in words why there is none
 */
export function objectOf(item: DvcItem, remotes: DvcRemotes): DvcObject | string {
  const name = item.remote ?? usualFor(item, remotes);
  const url = name === undefined ? undefined : remotes.urls.get(name);
  if (name === undefined || url === undefined) return 'its remote is not known';
  if (!/^s3:\/\/[^/]/.test(url)) return `its remote "${name}" is not in S3`;
  const root = url.replace(/\/+$/, '');
  const versionId = item.versions.get(name);
  if (versionId !== undefined && item.path) return { uri: `${root}/${item.path}`, versionId };
  if (!item.md5) return 'it has no md5';
  const [first, rest] = [item.md5.slice(0, 2), item.md5.slice(2)];
  const layout = item.isOfDvc2 ? '' : 'files/md5/';
  return { uri: `${root}/${layout}${first}/${rest}${item.isFolder ? '.dir' : ''}` };
}

/** With versions of one remote only, that is the one. */
const usualFor = ({ versions }: DvcItem, { usual }: DvcRemotes): string | undefined =>
  usual ?? (versions.size === 1 ? [...versions.keys()][0] : undefined);
