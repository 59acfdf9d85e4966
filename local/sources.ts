import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** All that the stacks are made of: code, what it is bundled with, and the versions of packages. */
export const SOURCES = [
  ...['core', 'edge', 'events', 'functions', 'infra', 'layers', 'ui'],
  ...['cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json'],
];

/** The digest of the files that the stacks are made of: cheaper than to synthesise them. */
export function digestSources(root: string): string {
  const hash = createHash('sha256').update(process.arch);
  for (const file of SOURCES.flatMap((name) => filesBelow(join(root, name))).sort()) {
    const content = createHash('sha256').update(readFileSync(file)).digest();
    hash.update(`${relative(root, file)}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    // The layer is made of what is in `layers` and in the lockfile.
    if (entry.isDirectory())
      return entry.name === 'dist' ? [] : filesBelow(path + sep + entry.name);
    return [path + sep + entry.name];
  });
}
