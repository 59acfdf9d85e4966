import { Experiments } from './experiments.tsx';
import type { Page } from './page.ts';

/** The first whose path fits is shown. */
export const PAGES: readonly Page[] = [{ path: 'experiments', view: Experiments }];

/** What the navigation leads to: the first segment of a path, and its name. */
export const NAVIGATION: readonly (readonly [segment: string, name: string])[] = [
  ['experiments', 'Experiments'],
];
