import { describe, expect, it } from '@jest/globals';
import type { Facts } from '#core/reproduction/facts.ts';
import { isRunnable, missingOf } from '#core/reproduction/missing.ts';

const requirements = { kind: 'requirements', path: 'requirements.txt', text: '' } as const;
/** A run of which all is on record. */
const whole: Facts = {
  ...{ run: '1', workspace: 'default', experiment: 'e', name: 'n', status: 'FINISHED' },
  ...{ user: 'alice', startedAt: '2026-11-02T09:00:00.000Z' },
  source: { type: 'LOCAL', name: 'train.py', command: 'python train.py' },
  git: { commit: 'abcdef1', repository: 'https://g.example/r' },
  environment: { python: '3.12.1', files: [requirements] },
  seeds: [{ name: 'seed', value: '7' }],
  params: new Map([['seed', '7']]),
  data: [{ name: 'd', object: { uri: 's3://b/k', md5: 'x' } }],
  systemMetrics: 3,
};
const TO_RUN = 'to run';
const RESULTS = 'for the same results';

describe('what is missing of a run', () => {
  it('is nothing where all is on record', () => {
    expect(missingOf(whole)).toEqual([]);
  });

  it.each<[string, Partial<Facts>, [string, string][]]>([
    ['the program', { source: {} }, [['program', TO_RUN]]],
    ['a notebook’s name', { source: { name: 'x/ipykernel_launcher.py' } }, [['program', TO_RUN]]],
    ['the commit', { git: {} }, [['git.commit', TO_RUN]]],
    ['the commit of a logged file', { git: {}, programFile: 'a' }, [['git.commit', RESULTS]]],
    ['the repository', { git: { commit: 'abcdef1' } }, [['git.repository', TO_RUN]]],
    ['changes', { git: { ...whole.git, dirty: true } }, [['git.diff', RESULTS]]],
    ['the end of changes', { diff: 'x'.repeat(8000) }, [['git.diff', TO_RUN]]],
    [
      'the end of a command',
      { source: { name: 'train.py', command: 'é'.repeat(8000) } },
      [['command', TO_RUN]],
    ],
    [
      'a program within a word of its command',
      { source: { name: '/home/a/train.py', command: "sh -c 'python /home/a/train.py'" } },
      [['command', TO_RUN]],
    ],
    [
      'no program that its command calls by itself',
      { source: { name: '/home/a/train.py', command: 'python /home/a/train.py -x' } },
      [],
    ],
    [
      'the repository of a project',
      { source: { type: 'PROJECT', name: '/home/a/p', command: 'mlflow run .' } },
      [['git.repository', TO_RUN]],
    ],
    ['what the rest of the files say', { filesSeen: 5000 }, [['files', RESULTS]]],
    ['no changes that are kept', { git: { ...whole.git, dirty: true }, diff: 'x' }, []],
    ['arguments', { source: { type: 'LOCAL', name: 'train.py' } }, [['command', RESULTS]]],
    [
      'which params are those of a project',
      { source: { type: 'PROJECT', name: 'https://g.example/p' } },
      [['command', RESULTS]],
    ],
    ['the environment', { environment: { files: [] } }, [['environment', TO_RUN]]],
    [
      'the version of Python',
      { environment: { files: [requirements] } },
      [['environment.python', RESULTS]],
    ],
    ['nothing in an image', { environment: { docker: 'i', files: [] } }, []],
    ['data', { data: [] }, [['datasets', RESULTS]]],
    [
      'where data is',
      { data: [{ name: 'd', unresolved: 'it is lost for ever' }] },
      [['datasets.d', TO_RUN]],
    ],
    [
      'which data it was',
      { data: [{ name: 'd', context: 'training', object: { uri: 's3://b/k' } }] },
      [['datasets.d (training)', RESULTS]],
    ],
    ['a version', { data: [{ name: 'd', object: { uri: 's3://b/k', versionId: '1' } }] }, []],
    ['what a program finds itself', { data: [{ name: 'd', source: 'https://x' }] }, []],
    ['a seed', { seeds: [] }, [['seeds', RESULTS]]],
    ['a seed that is one', { seeds: [{ name: 'a', value: 'None' }] }, [['seeds', RESULTS]]],
    ['the end', { status: 'FAILED' }, [['end', RESULTS]]],
    ['what it took', { systemMetrics: 0 }, [['systemMetrics', 'for sizing']]],
  ])('is %s', (_, more, expected) => {
    const missing = missingOf({ ...whole, ...more });
    expect(missing.map(({ what, needed }) => [what, needed])).toEqual(expected);
    expect(missing.every(({ why, how }) => why.length > 10 && how.length > 10)).toBe(true);
    expect(isRunnable(missing)).toBe(expected.every(([, needed]) => needed !== TO_RUN));
  });
});
