import type { Examples } from '#shared/examples.ts';
import { ACTOR, AT, CSV_SHA256, DATASET } from '#shared/story.ts';

const RUN = '4f0c1d2e3a5b4c6d8e7f90a1b2c3d4e5';
const OfRun = { run: RUN };
const about = { run: RUN, workspace: 'default' };
const git = {
  commit: '9fceb02d0ae598e95dc970b74767f19372d61af8',
  branch: 'main',
  repository: 'https://git.example.com/houses.git',
};
const source = { type: 'LOCAL', name: 'train.py', command: 'python train.py --trees 300' };
const object = {
  uri: 's3://research/dvc/files/md5/b8/5e0dae2f94d5d6f5ac1e8d59f4b6f1',
  path: 'data/house-sales.csv',
  md5: 'b85e0dae2f94d5d6f5ac1e8d59f4b6f1',
  size: 514,
};
const requirements = 'scikit-learn==1.9.1\n';
const missing = [
  {
    what: 'systemMetrics',
    needed: 'for sizing',
    why: 'how much memory, processor and GPU the run took is not kept',
    how: 'mlflow.enable_system_metrics_logging()',
  },
];

export const examples: Examples = {
  getRun: {
    params: OfRun,
    answer: {
      ...{ id: RUN, workspace: 'default', name: 'keen-heron-204', status: 'FINISHED' },
      experiment: { id: '0', name: 'Default' },
      ...{ deleted: false, user: ACTOR, startedAt: AT, endedAt: AT, source, git },
      environment: {
        python: '3.12.3',
        files: [
          { kind: 'requirements', path: 'requirements.txt', text: requirements },
          { kind: 'python-env', path: 'python_env.yaml', text: 'python: 3.12.3\n' },
        ],
      },
      seeds: [{ name: 'random_state', value: '7' }],
      params: { random_state: '7', trees: '300' },
      metrics: { mae: { value: 11.25, step: 0, at: Date.parse(AT) } },
      systemMetrics: {},
      tags: { 'mlflow.source.name': source.name },
      data: [
        {
          ...{ name: DATASET, digest: CSV_SHA256.slice(0, 8), context: 'training', object },
          ...{ sourceType: 'local', source: '{"uri": "data/house-sales.csv"}' },
        },
      ],
      models: { inputs: [], outputs: [] },
    },
  },
  reproduceRun: {
    params: OfRun,
    body: { format: 'script' },
    answer: {
      ...{ ...about, format: 'script', runnable: true, missing },
      script: '#!/usr/bin/env bash\n...\n',
    },
  },
};
