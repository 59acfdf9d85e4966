import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../../', import.meta.url).pathname;
const sources = (pattern: string) =>
  globSync(pattern, { cwd: root }).map((file) => ({
    file,
    imports: [...readFileSync(root + file, 'utf8').matchAll(/from '([^']+)'/g)].map(
      (m) => m[1] as string,
    ),
  }));

const offending = (pattern: string, forbidden: (specifier: string, file: string) => boolean) =>
  sources(pattern).flatMap(({ file, imports }) =>
    imports
      .filter((specifier) => forbidden(specifier, file))
      .map((specifier) => `${file}: ${specifier}`),
  );

describe('the boundaries', () => {
  it('keep AWS, Lambda and input and output out of core', () => {
    const pure = (specifier: string) => /^(\.|#core\/|zod$|node:crypto$)/.test(specifier);
    expect(sources('core/**/*.ts').length).toBeGreaterThan(5);
    expect(offending('core/**/*.ts', (specifier) => !pure(specifier))).toEqual([]);
  });

  it('let a slice reach another only through its face', () => {
    const slice = (file: string) => file.split('/')[1];
    const reachesAcross = (specifier: string, file: string) => {
      const target = new URL(specifier, `file:///${file}`).pathname.slice(1);
      return (
        specifier.startsWith('.') &&
        target.startsWith('functions/') &&
        slice(target) !== slice(file)
      );
    };
    expect(offending('functions/**/*.ts', reachesAcross)).toEqual([]);
  });

  it('keep infrastructure and the local AWS out of functions', () => {
    const outward = (specifier: string) => /(^|\/)(infra|local|test|bench)\//.test(specifier);
    expect(offending('functions/**/*.ts', outward)).toEqual([]);
  });

  it('keep AWS events out of everything but handlers and the shared plumbing', () => {
    const isHost = (file: string) => /\/handlers\/|\/_shared\//.test(file);
    expect(
      offending('functions/**/*.ts', (s, file) => s === 'aws-lambda' && !isHost(file)),
    ).toEqual([]);
  });
});

describe('end-to-end tests', () => {
  it('run by themselves where they change what is deployed', () => {
    const changes = (file: string) =>
      /\bwith(Faults?|Environment)\(/.test(readFileSync(root + file, 'utf8'));
    const changing = globSync('test/e2e/**/*.test.ts', { cwd: root }).filter(changes);
    expect(changing.length).toBeGreaterThan(2);
    expect(changing.filter((file) => !file.startsWith('test/e2e/alone/'))).toEqual([]);
  });
});
