import { describe, expect, it } from '@jest/globals';
import { gitOf, isFixed, programOf, seedsOf, sourceOf } from '#core/reproduction/facts.ts';

const tags = (all: Record<string, string>) => new Map(Object.entries(all));
const NONE = new Map<string, string>();

describe('what tags say', () => {
  it('is the source of a run', () => {
    expect(
      sourceOf(
        tags({
          ...{ 'mlflow.source.type': 'PROJECT', 'mlflow.source.name': 'https://g/p#sub' },
          ...{ 'mlflow.project.entryPoint': 'main', 'skiff.command': '' },
        }),
      ),
    ).toEqual({ type: 'PROJECT', name: 'https://g/p#sub', entryPoint: 'main' });
  });

  it('is the commit, and never the login of its repository', () => {
    const git = (repoURL: string, commit = 'abcdef1') =>
      gitOf(tags({ 'mlflow.source.git.repoURL': repoURL, 'mlflow.source.git.commit': commit }));
    expect(git('https://alice:ghp_secret@g.example/r.git')).toEqual({
      ...{ commit: 'abcdef1', repository: 'https://g.example/r.git' },
    });
    expect(git('https://ghp_secret@g.example/r').repository).toBe('https://g.example/r');
    expect(git('git@g.example:a/r.git').repository).toBe('git@g.example:a/r.git');
    expect(git('https://g/r', '--upload-pack=x')).toEqual({ repository: 'https://g/r' });
    expect(gitOf(tags({ 'mlflow.source.git.dirty': 'True' }))).toEqual({ dirty: true });
  });

  it('is a project, and never the login of its address', () => {
    const name = 'https://alice:p@ss@g.example/p#sub@1';
    expect(sourceOf(tags({ 'mlflow.source.name': name })).name).toBe('https://g.example/p#sub@1');
    expect(gitOf(tags({ 'mlflow.source.git.repoURL': name })).repository).toBe(
      'https://g.example/p#sub@1',
    );
  });

  it.each([
    ['train.py', 'train.py'],
    ['<console>', undefined],
    ['/usr/lib/python3/dist-packages/ipykernel_launcher.py', undefined],
    ['', undefined],
  ])('is a program, or none: %s', (name, program) => {
    expect(programOf({ source: { name } })).toBe(program);
  });
});

describe('a seed', () => {
  it.each([
    'seed',
    'random_state',
    'randomState',
    'model__random_state',
    'np_random_seed',
    'trainer.seed',
    'torchSeed',
    'data/seeds',
    'PYTHONHASHSEED',
  ])('is what is named so: %s', (name) => {
    expect(seedsOf(tags({ [name]: '1' }), NONE)).toEqual([{ name, value: '1' }]);
    expect(seedsOf(NONE, tags({ [name]: '1' }))).toHaveLength(1);
  });

  it.each(['seedling_count', 'linseed', 'unseeded', 'state', 'random'])(
    'is not what sounds alike: %s',
    (name) => {
      expect(seedsOf(tags({ [name]: '1' }), NONE)).toEqual([]);
    },
  );

  it('fixes nothing where it is none', () => {
    expect(['7', 'None', ' null ', ''].map((value) => isFixed({ name: 's', value }))).toEqual([
      ...[true, false, false, false],
    ]);
  });
});
