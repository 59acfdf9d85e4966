import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { objectOf, pointersIn, remotesIn, stagesIn } from '#core/dvc/pointers.ts';

/** What DVC itself has written: test/references/dvc. */
const reference = JSON.parse(
  readFileSync(new URL('../../../references/dvc/dvc.json', import.meta.url), 'utf8'),
);
const read = (name: string) => parse(reference.files[name], { schema: 'failsafe' });
const remotes = remotesIn(reference.config);
const STORE = 's3://research/dvc store';
const keyOf = (object: unknown) => (object as { uri: string }).uri.slice(STORE.length + 1);

describe('what DVC writes', () => {
  it('is read: a file', () => {
    expect(pointersIn(read('data/wages.csv.dvc'))).toEqual([
      {
        ...{ path: 'wages.csv', md5: 'aa9999429f86103997860965d5eefbab', size: 25 },
        ...{ isFolder: false, isOfDvc2: false, versions: new Map() },
      },
    ]);
  });

  it.each([
    ['data/', undefined, 'a.csv', 'data/a.csv'],
    ['data/', '..', './a.csv', 'a.csv'],
    ['data/', '../other', 'a.csv', 'other/a.csv'],
    ['', 'sub', '../../a.csv', '../a.csv'],
    ['data/', '/abs', 'a.csv', '/abs/a.csv'],
    ['data/', '..', '/abs/a.csv', '/abs/a.csv'],
    ['data/', undefined, 's3://b/a.csv', 's3://b/a.csv'],
  ])('is read from the root: in %j with wdir %s, %s', (folder, wdir, path, expected) => {
    const document = { ...(wdir && { wdir }), outs: [{ path }] };
    expect(pointersIn(document, folder)[0]?.path).toBe(expected);
  });

  it('is read: a folder', () => {
    const [folder] = pointersIn(read('data/images.dvc'));
    expect(folder).toMatchObject({ path: 'images', isFolder: true, size: 24 });
    expect(folder?.md5).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is read: the stages of a pipeline, a command of two lines among them', () => {
    const [prepare, train] = stagesIn(read('dvc.lock'));
    expect(prepare).toMatchObject({ name: 'prepare', command: 'cp data/wages.csv prepared.csv' });
    expect(train?.command).toBe(
      'cp prepared.csv model.txt && echo "a training whose command is so long that a line of YAML would hold it no more" > words.txt',
    );
    expect(train?.deps.map(({ path }) => path)).toEqual(['prepared.csv', 'train.py']);
    expect(train?.outs.map(({ path }) => path)).toEqual(['model.txt', 'words.txt']);
  });

  it('is read: the remotes', () => {
    expect(remotes).toEqual({
      urls: new Map([
        ['store', STORE],
        ['other', 's3://elsewhere'],
      ]),
      usual: 'store',
    });
  });

  it('names objects where DVC has put them', () => {
    const outs = stagesIn(read('dvc.lock')).flatMap((stage) => stage.outs);
    const items = [
      ...[...pointersIn(read('data/wages.csv.dvc')), ...pointersIn(read('data/images.dvc'))],
      ...outs,
    ];
    for (const item of items) {
      expect(reference.objects).toContain(keyOf(objectOf(item, remotes)));
    }
  });
});

const item = {
  ...{ path: 'a.csv', md5: 'ab'.padEnd(32, 'c'), isFolder: false, isOfDvc2: false },
  versions: new Map<string, string>(),
};
const s3 = { urls: new Map([['r', 's3://bucket/some/where/']]), usual: 'r' };

describe('an object of DVC', () => {
  it.each([
    ['in DVC 2 lies without "files/md5"', { isOfDvc2: true }, `/ab/${'c'.repeat(30)}`],
    ['is the list of a folder', { isFolder: true }, `/files/md5/ab/${'c'.repeat(30)}.dir`],
  ])('%s', (_, more, end) => {
    expect(objectOf({ ...item, ...more }, s3)).toEqual({ uri: `s3://bucket/some/where${end}` });
  });

  it('lies by its path where the remote knows versions', () => {
    const versions = new Map([['r', 'v1']]);
    const object = { uri: 's3://bucket/some/where/a.csv', versionId: 'v1' };
    expect(objectOf({ ...item, versions }, s3)).toEqual(object);
    expect(objectOf({ ...item, versions }, { urls: s3.urls })).toEqual(object);
  });

  it('lies in the remote that it names', () => {
    const two = { urls: new Map([...s3.urls, ['q', 's3://q']]), usual: 'r' };
    expect(objectOf({ ...item, remote: 'q' }, two)).toMatchObject({
      uri: expect.stringMatching(/^s3:\/\/q\/files\/md5\/ab\//),
    });
  });

  it.each([
    ['no remote', item, { urls: new Map() }, 'not known'],
    [
      'several, none of them usual',
      item,
      remotesIn('[\'remote "a"\']\n[\'remote "b"\']'),
      'not known',
    ],
    ['a remote elsewhere', item, { urls: new Map([['r', 'gs://x']]), usual: 'r' }, 'not in S3'],
    ['no digest', { ...item, md5: undefined as never }, s3, 'no md5'],
  ])('is in none: %s', (_, one, from, why) => {
    expect(objectOf(one, from)).toContain(why);
  });

  it('is looked for in anything without an error', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const one of [value, { outs: value }, { outs: [value] }, { stages: value }]) {
          expect(Array.isArray(pointersIn(one))).toBe(true);
          expect(Array.isArray(stagesIn(one))).toBe(true);
        }
      }),
    );
  });
});
