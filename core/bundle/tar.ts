import { AppError } from '../errors.ts';

/*
 * Archives in the form that every system reads (POSIX ustar), written so that the same files give
 * the same bytes: no times, no owners.
 */

const BLOCK = 512;
/** What a header has room for. */
const MAX_NAME = 100;
const MAX_SIZE = 8 ** 11 - 1;
const NAME = /^[a-z0-9_][a-z0-9._-]*(\/[a-z0-9_][a-z0-9._-]*)*$/;
const CHECKSUM_AT = 148;
const CHECKSUM_LENGTH = 8;
const SIZE_AT = 124;
const TYPE_AT = 156;
const MAGIC_AT = 257;
const MAGIC = 'ustar\x0000';

/** What stands before a file. @throws AppError `invalid` */
export function tarHeader(name: string, sizeBytes: number): Uint8Array {
  if (name.length > MAX_NAME || !NAME.test(name)) throw damaged(`it has no place for "${name}"`);
  if (sizeBytes > MAX_SIZE) throw damaged(`"${name}" is too large`);
  const header = Buffer.alloc(BLOCK);
  header.write(name);
  header.write('0000644\x000000000\x000000000\x00', MAX_NAME, 'latin1');
  header.write(`${octal(sizeBytes)}\x00${octal(0)}\x00`, SIZE_AT, 'latin1');
  header.write('0', TYPE_AT);
  header.write(MAGIC, MAGIC_AT, 'latin1');
  const sum = checksum(header).toString(8).padStart(6, '0');
  header.write(`${sum}\x00 `, CHECKSUM_AT, 'latin1');
  return header;
}

const octal = (value: number): string => value.toString(8).padStart(11, '0');

/** The sum of a header's bytes, its own place counted as spaces. */
function checksum(header: Uint8Array): number {
  let sum = CHECKSUM_LENGTH * 32;
  for (let i = 0; i < BLOCK; i++) {
    if (i < CHECKSUM_AT || i >= CHECKSUM_AT + CHECKSUM_LENGTH) sum += header[i] as number;
  }
  return sum;
}

/** Zeros that follow a file of this size. */
export const tarPadding = (sizeBytes: number): Uint8Array =>
  new Uint8Array((BLOCK - (sizeBytes % BLOCK)) % BLOCK);

/** What stands at the end. */
export const tarEnd = (): Uint8Array => new Uint8Array(2 * BLOCK);

/** Bytes of an archive of files with these sizes. */
export const tarSize = (sizes: readonly number[]): number =>
  sizes.reduce((sum, size) => sum + BLOCK + size + tarPadding(size).length, 2 * BLOCK);

/**
 * The files of an archive by name, as views on it.
 * @throws AppError `unprocessable` for what `tarHeader` would not have written
 */
export function readTar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let at = 0;
  for (;;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw damaged('it is cut off');
    if (header.every((byte) => byte === 0)) return files;
    const { name, sizeBytes } = readHeader(header);
    const start = at + BLOCK;
    if (sizeBytes > archive.length - start) throw damaged('it is cut off');
    if (files.has(name)) throw damaged(`it has "${name}" twice`);
    files.set(name, archive.subarray(start, start + sizeBytes));
    at = start + sizeBytes + tarPadding(sizeBytes).length;
  }
}

function readHeader(header: Uint8Array): { name: string; sizeBytes: number } {
  const text = Buffer.from(header.buffer, header.byteOffset, BLOCK);
  const sum = Number.parseInt(text.toString('latin1', CHECKSUM_AT, CHECKSUM_AT + 6), 8);
  if (sum !== checksum(header)) throw damaged('a header does not add up');
  const size = text.toString('latin1', SIZE_AT, SIZE_AT + 11);
  const [name = ''] = text.toString('latin1', 0, MAX_NAME).split('\x00');
  const isPlain = text[TYPE_AT] === 48 && NAME.test(name) && /^[0-7]{11}$/.test(size);
  if (!isPlain) throw damaged('it has something else than plain files');
  return { name, sizeBytes: Number.parseInt(size, 8) };
}

const damaged = (why: string): AppError =>
  new AppError('unprocessable', `the archive cannot be used: ${why}`);
