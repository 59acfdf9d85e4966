import { readObject } from '#shared/objects.ts';
import { artifactAt, objectsBelow } from './artifacts.ts';
import type { Space } from './records.ts';

/** Files that are looked through. */
const MAX_FILES = 5000;

/** Files below a directory, by their paths from there: the first 5000, and whether there are more. */
export async function filesBelow(
  space: Space,
  directory: string,
): Promise<{ files: { path: string; size: number }[]; areMore: boolean }> {
  const { bucket, key } = artifactAt(space, directory);
  const files: { path: string; size: number }[] = [];
  for await (const { Contents = [] } of objectsBelow({ bucket, key: `${key}/` })) {
    for (const { Key = '', Size = 0 } of Contents) {
      files.push({ path: Key.slice(key.length + 1), size: Size });
    }
    if (files.length > MAX_FILES) break;
  }
  return { files: files.slice(0, MAX_FILES), areMore: files.length > MAX_FILES };
}

export async function readText(space: Space, path: string): Promise<string> {
  const { bytes } = await readObject(artifactAt(space, path));
  return Buffer.from(bytes).toString('utf8');
}
