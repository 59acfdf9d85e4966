import { Compare } from './compare.tsx';
import { Experiments } from './experiments.tsx';
import type { Page } from './page.ts';
import { RunPage } from './run.tsx';
import { Runs } from './runs.tsx';

/** The first whose path fits is shown. */
export const PAGES: readonly Page[] = [
  { path: 'experiments', view: Experiments },
  { path: 'experiments/:experiment', view: Runs },
  { path: 'experiments/:experiment/compare', view: Compare },
  { path: 'experiments/:experiment/runs/:run', view: RunPage },
];

/** What the navigation leads to: the first segment of a path, and its name. */
export const NAVIGATION: readonly (readonly [segment: string, name: string])[] = [
  ['experiments', 'Experiments'],
];
