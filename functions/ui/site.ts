import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** How a file may be packed, the best first; what lies beside it ends in the second. */
export const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

export type Encoding = (typeof ENCODINGS)[number][0];

/** A static file, in memory. */
export interface SiteFile {
  readonly contentType: string;
  readonly etag: string;
  /** Whether its name says what it holds, so that it never changes. */
  readonly named: boolean;
  readonly bytes: Buffer;
  readonly packed: Partial<Record<Encoding, Buffer>>;
}

/** By path below the site's folder. */
export type Site = ReadonlyMap<string, SiteFile>;

/** Beside the bundle. */
export const FOLDER = 'site';

/** The page that all addresses of the app begin with. */
export const INDEX = 'index.html';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** As esbuild writes it: `app-7QK2A5XB.js`. */
const NAMED = /-[A-Z0-9]{8}\.\w+$/;

/** Reads a folder and what lies packed beside its files. */
export function readSite(folder: string): Site {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  const read = (name: string) => readFileSync(join(folder, name));
  const isPacked = (name: string) => ENCODINGS.some(([, ending]) => name.endsWith(ending));
  return new Map(names.filter((name) => !isPacked(name)).map((name) => [name, describe(name)]));

  function describe(name: string): SiteFile {
    const bytes = read(name);
    const beside = ENCODINGS.filter(([, ending]) => names.includes(name + ending));
    return {
      contentType: TYPES[extname(name)] ?? 'application/octet-stream',
      // Weak: it is the same file however it is packed.
      etag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      named: NAMED.test(name),
      bytes,
      packed: Object.fromEntries(beside.map(([as, ending]) => [as, read(name + ending)])),
    };
  }
}
