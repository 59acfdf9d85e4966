import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT } from '../../../local/settings.ts';
import { digestSources, SOURCES } from '../../../local/sources.ts';

describe('the digest of what the stacks are made of', () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'skiff-sources-'));
    write('core/a.ts', 'a');
    write('package.json', '{}');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it.each([
    ['a file', 'core/a.ts', 'b'],
    ['a new file', 'functions/x/handlers/api.ts', 'b'],
    ['the versions of packages', 'package-lock.json', '{}'],
  ])('changes with %s', (_, file, text) => {
    const before = digestSources(root);
    write(file, text);
    expect(digestSources(root)).not.toBe(before);
  });

  it('changes where a file is moved', () => {
    const before = digestSources(root);
    rmSync(join(root, 'core/a.ts'));
    write('core/b.ts', 'a');
    expect(digestSources(root)).not.toBe(before);
  });

  it.each(['README.md', 'test/x.test.ts', 'layers/onnxruntime/dist/arm64/.stamp'])(
    'does not with %s',
    (file) => {
      const before = digestSources(root);
      write(file, 'x');
      expect(digestSources(root)).toBe(before);
    },
  );

  it('covers all that the stacks import', () => {
    const folders = SOURCES.filter((name) => !name.includes('.'));
    const outside = globSync(`{${folders.join()}}/**/*.ts`, { cwd: ROOT }).flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      return [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)]
        .map(([, path]) => relative(ROOT, resolve(ROOT, dirname(file), path as string)))
        .filter(
          (path) => !folders.includes(path.split('/')[0] as string) && !SOURCES.includes(path),
        )
        .map((path) => `${file} imports ${path}`);
    });
    expect(outside).toEqual([]);
  });
});
