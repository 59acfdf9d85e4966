import { describe, expect, it } from '@jest/globals';
import { remotesIn } from '#core/dvc/pointers.ts';
import { type DvcRecord, dataOf, stageOf } from '#core/reproduction/data.ts';

const MD5 = 'ab'.padEnd(32, '0');
const OBJECT = `s3://store/files/md5/ab/${'0'.repeat(30)}`;
const item = (path: string, more: object = {}) => ({
  ...{ path, md5: MD5, size: 3, isFolder: false, isOfDvc2: false, versions: new Map() },
  ...more,
});
const remotes = remotesIn('[core]\nremote = r\n[\'remote "r"\']\nurl = s3://store\n');
const dvc = (more: Partial<DvcRecord> = {}): DvcRecord => ({
  ...{ pointers: [], stages: [], remotes, ...more },
});
const tracked = dvc({ pointers: [{ file: 'data/a.csv.dvc', item: item('data/a.csv') }] });
const dataset = (source: unknown, sourceType = 'local') => ({
  ...{ name: 'a', digest: '12345678', sourceType },
  source: typeof source === 'string' ? source : JSON.stringify(source),
});
const of = (source: unknown, record = dvc()) => dataOf([dataset(source)], record, 'train.py')[0];

describe('a dataset of a run', () => {
  it.each([
    ['its path', { uri: 'data/a.csv' }],
    ['a path from here', { uri: './data/a.csv' }],
    ['a path from the root of another machine', { uri: '/home/alice/wages/data/a.csv' }],
    ['an address of a file', { uri: 'file:///home/alice/wages/data/a.csv' }],
    ['its pointer', { uri: 'data/a.csv.dvc' }],
    ['a source that is no JSON', 'data/a.csv'],
  ])('is the object that a pointer names, by %s', (_, source) => {
    const inputs = dataOf([dataset(source)], tracked, 'train.py');
    expect(inputs).toHaveLength(1);
    expect(inputs[0]).toMatchObject({ name: 'a', digest: '12345678' });
    expect(inputs[0]?.object).toEqual({ uri: OBJECT, path: 'data/a.csv', md5: MD5, size: 3 });
  });

  it('is what is tracked at the longest path', () => {
    const two = ['a.csv', 'raw/a.csv', 'csv'].map((path) => ({
      file: `${path}.dvc`,
      item: item(path),
    }));
    const { object } = of({ uri: '/home/alice/raw/a.csv' }, dvc({ pointers: two })) ?? {};
    expect(object?.path).toBe('raw/a.csv');
  });

  it('is not what only sounds alike', () => {
    const inputs = dataOf([dataset({ uri: 'other-data/a.csv' })], tracked, undefined);
    expect(inputs[0]?.unresolved).toContain('is a path of the machine');
    expect(inputs[1]).toMatchObject({ name: 'data/a.csv.dvc', sourceType: 'dvc' });
  });

  it('in S3 is what the program reads there', () => {
    expect(of({ uri: 's3://b/k.csv' })?.object).toEqual({ uri: 's3://b/k.csv' });
    expect(of({ uri: 's3a://b/k.csv' })?.object).toEqual({ uri: 's3://b/k.csv' });
    expect(of({ uri: OBJECT })?.object).toEqual({ uri: OBJECT, md5: MD5 });
  });

  it.each([
    ['of the web', { url: 'https://example.com/a.csv' }],
    ['of the program itself', { tags: { 'mlflow.source.name': 'train.py' } }],
    ['of a hub', { path: 'wages/all', revision: 'abc' }],
    ['of another run', { uri: 'runs:/1/a.csv' }],
  ])('is found by the program: %s', (_, source) => {
    expect(of(source)).not.toHaveProperty('object');
    expect(of(source)).not.toHaveProperty('unresolved');
  });

  it.each(['../a.csv', 'data/../../a.csv', '/etc/a.csv'])('is not written to %s', (path) => {
    const out = dvc({ pointers: [{ file: 'a.dvc', item: item(path) }] });
    expect(dataOf([], out, undefined)).toEqual([
      { name: 'a.dvc', sourceType: 'dvc', unresolved: expect.stringContaining('leads out') },
    ]);
  });

  it('whose pointer nobody logged is missed by that name', () => {
    expect(of({ uri: 'data/a.csv.dvc' })?.unresolved).toContain('not among the files of the run');
  });

  it('of DVC 2 has no digest to hold its bytes against', () => {
    const old = dvc({ pointers: [{ file: 'a.dvc', item: item('a', { isOfDvc2: true }) }] });
    expect(of({ uri: 'a' }, old)?.object).toEqual({
      ...{ uri: `s3://store/ab/${'0'.repeat(30)}`, path: 'a', size: 3 },
    });
  });
});

describe('a pipeline', () => {
  const stage = (name: string, deps: string[], outs: string[]) => ({
    ...{ name, command: `python ${name}.py`, deps: deps.map((p) => item(p)) },
    outs: outs.map((p) => item(p)),
  });
  const stages = [
    stage('prepare', ['src/prepare.py', 'raw.csv'], ['ready.csv']),
    stage('train', ['src/train.py', 'ready.csv', 'params.yaml'], ['model']),
  ];
  const names = (program?: string) => dataOf([], dvc({ stages }), program).map(({ name }) => name);

  it('gives what the stage of the program read, and not its code', () => {
    expect(names('src/train.py')).toEqual(['ready.csv']);
    expect(names('/home/alice/wages/src/train.py')).toEqual(['ready.csv']);
    expect(names('train.py')).toEqual(['ready.csv']);
  });

  it('gives what all stages read where it is not known which', () => {
    expect(names()).toEqual(['raw.csv', 'ready.csv']);
    expect(names('other.py')).toEqual(['raw.csv', 'ready.csv']);
  });

  it('has one stage of a program, or none', () => {
    expect(stageOf(stages, 'src/train.py')?.name).toBe('train');
    expect(stageOf([...stages, ...stages], 'src/train.py')).toBeUndefined();
    expect(stageOf(stages, undefined)).toBeUndefined();
  });

  it('says where there is no object', () => {
    const nowhere = dvc({ stages, remotes: { urls: new Map() } });
    expect(dataOf([], nowhere, 'src/train.py')[0]?.unresolved).toContain('remote is not known');
  });
});
