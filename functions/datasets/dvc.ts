import { createHash, type Hash } from 'node:crypto';
import { invalidField } from '#core/errors.ts';

/** What a `.dvc` file says of the file that it stands for. */
export interface DvcPointer {
  readonly path?: string;
  readonly md5?: string;
  readonly size?: number;
  /** DVC 2 hashed texts with their line ends made LF; DVC 3 says `hash: md5` and hashes the bytes. */
  readonly foldsLineEnds: boolean;
}

/**
 * Reads the one output of a `.dvc` file. The files that DVC writes are block style with one scalar
 * a line; that is what is understood.
 *
 * @throws AppError `invalid` where there is not exactly one output, or it is a folder
 */
export function parseDvc(text: string): DvcPointer {
  const outputs = outputsOf(text);
  const [output] = outputs;
  if (!output || outputs.length > 1) {
    throw invalidField('dvc', `has ${outputs.length} outputs, a dataset needs exactly one`);
  }
  const md5 = output.get('md5');
  if (md5?.endsWith('.dir')) throw invalidField('dvc', 'points at a folder, not at a file');
  if (md5 !== undefined && !/^[0-9a-f]{32}$/.test(md5)) {
    throw invalidField('dvc', 'its md5 is not 32 hexadecimal digits');
  }
  const size = output.has('size') ? Number(output.get('size')) : undefined;
  const path = output.get('path');
  return {
    ...(path !== undefined && { path }),
    ...(md5 !== undefined && { md5 }),
    ...(size !== undefined && Number.isSafeInteger(size) && { size }),
    foldsLineEnds: output.get('hash') !== 'md5',
  };
}

function outputsOf(text: string): Map<string, string>[] {
  const outputs: Map<string, string>[] = [];
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    if (/^\S/.test(line) && !line.startsWith('-') && !line.startsWith('#')) {
      inside = /^outs:\s*$/.test(line);
      continue;
    }
    const match = /^\s*(- )?\s*([\w-]+):\s*(.*?)\s*$/.exec(line);
    if (!inside || !match) continue;
    if (match[1]) outputs.push(new Map());
    outputs.at(-1)?.set(match[2] as string, (match[3] as string).replace(/^(['"])(.*)\1$/, '$2'));
  }
  return outputs;
}

/** Hashes a file's bytes in the ways that DVC has. */
export class DvcHash {
  readonly #raw: Hash = createHash('md5');
  readonly #folded: Hash = createHash('md5');

  update(chunk: Uint8Array): void {
    this.#raw.update(chunk);
    this.#folded.update(Buffer.from(chunk).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  }

  /** @throws AppError `invalid` where the content is not what the pointer stands for */
  check({ md5, foldsLineEnds }: DvcPointer): void {
    const found = this.#raw.digest('hex');
    if (!md5 || md5 === found) return;
    if (foldsLineEnds && md5 === this.#folded.digest('hex')) return;
    throw invalidField('dvc', `stands for a file with the md5 ${md5}, this one has ${found}`);
  }
}
