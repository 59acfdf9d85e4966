import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { ENCODINGS, type Encoding } from './site.ts';

const PACK: Record<Encoding, (bytes: Buffer) => Buffer> = {
  br: (bytes) => brotliCompressSync(bytes),
  gzip: (bytes) => gzipSync(bytes, { level: 9 }),
};

/** Packs each file of a folder as well as it can be, once, so that no request waits for it. */
export function packSite(folder: string): void {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const bytes = readFileSync(file);
    for (const [name, ending] of ENCODINGS) {
      const packed = PACK[name](bytes);
      if (packed.length < bytes.length) writeFileSync(file + ending, packed);
    }
  }
}
