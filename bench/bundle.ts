import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { BUNDLING } from '../infra/bundles.ts';

const ROOT = join(import.meta.dirname, '..');

/** Bundles a file as it is deployed; answers the sizes in bytes. */
export function bundle(entry: string, outfile: string): { bytes: number; gzipped: number } {
  buildSync({
    ...BUNDLING,
    entryPoints: [join(ROOT, entry)],
    outfile,
  });
  const text = readFileSync(outfile);
  return { bytes: text.length, gzipped: gzipSync(text).length };
}
