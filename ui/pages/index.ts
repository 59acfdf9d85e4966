import { CardPage } from './card.tsx';
import { Compare } from './compare.tsx';
import { EndpointPage } from './endpoint.tsx';
import { Endpoints } from './endpoints.tsx';
import { Experiments } from './experiments.tsx';
import { ModelPage } from './model.tsx';
import { Models } from './models.tsx';
import type { Page } from './page.ts';
import { ReportPage } from './report.tsx';
import { RunPage } from './run.tsx';
import { Runs } from './runs.tsx';
import { VersionPage } from './version.tsx';

/** The first whose path fits is shown. */
export const PAGES: readonly Page[] = [
  { path: 'experiments', view: Experiments },
  { path: 'experiments/:experiment', view: Runs },
  { path: 'experiments/:experiment/compare', view: Compare },
  { path: 'experiments/:experiment/runs/:run', view: RunPage },
  { path: 'models', view: Models },
  { path: 'models/:model', view: ModelPage },
  { path: 'models/:model/versions/:version', view: VersionPage },
  { path: 'models/:model/versions/:version/card', view: CardPage },
  { path: 'endpoints', view: Endpoints },
  { path: 'endpoints/:endpoint', view: EndpointPage },
  { path: 'endpoints/:endpoint/reports/:report', view: ReportPage },
];

/** What the navigation leads to: the first segment of a path, and its name. */
export const NAVIGATION: readonly (readonly [segment: string, name: string])[] = [
  ['experiments', 'Experiments'],
  ['models', 'Models'],
  ['endpoints', 'Endpoints'],
];
