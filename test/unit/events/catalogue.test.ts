import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { catalogue, EVENT_SOURCE, type EventName } from '../../../events/catalogue.ts';

const root = new URL('../../../', import.meta.url).pathname;
const names = Object.keys(catalogue) as EventName[];
const read = (file: string) => JSON.parse(readFileSync(root + file, 'utf8'));

describe('the catalogue of events', () => {
  it.each(names)('has a sample of %s that fits', (name) => {
    const sample = read(`events/bus/${name}.json`);
    expect(sample).toMatchObject({ source: EVENT_SOURCE, 'detail-type': name });
    expect(catalogue[name].strict().parse(sample.detail)).toEqual(sample.detail);
  });

  it('has no sample of an event that is not in it', () => {
    const samples = globSync('events/bus/*.json', { cwd: root });
    expect(samples.map((file) => file.replace(/^.*\/|\.json$/g, '')).sort()).toEqual(
      [...names].sort(),
    );
  });

  it('shows what triggers each function', () => {
    const handlers = globSync('functions/**/handlers/*.ts', { cwd: root });
    const missing = handlers
      .map((file) =>
        file.replace(/^functions\/(\w+)\/.*\/?handlers\/([\w-]+)\.ts$/, 'events/$1/$2.json'),
      )
      .filter((file) => !existsSync(root + file));
    expect(missing).toEqual([]);
  });
});
