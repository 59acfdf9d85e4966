import type { Command } from '../command.ts';
import { access } from './access.ts';
import { bundles } from './bundles.ts';
import { costs } from './costs.ts';
import { datasets } from './datasets.ts';
import { docs } from './docs.ts';
import { endpoints } from './endpoints.ts';
import { experiments } from './experiments.ts';
import { feedback } from './feedback.ts';
import { guards } from './guards.ts';
import { history } from './history.ts';
import { jobs } from './jobs.ts';
import { models } from './models.ts';
import { monitors } from './monitors.ts';
import { predict } from './predict.ts';
import { rollouts } from './rollouts.ts';
import { validations } from './validations.ts';
import { versions } from './versions.ts';
import { webhooks } from './webhooks.ts';

/** In the order of a first day. */
export const COMMANDS: readonly Command[] = [
  ...access.filter(({ name }) => name.startsWith('log')),
  ...models,
  ...versions,
  ...datasets,
  ...validations,
  ...endpoints,
  ...predict,
  ...rollouts,
  ...guards,
  ...feedback,
  ...experiments,
  ...monitors,
  ...costs,
  ...jobs,
  ...bundles,
  ...history,
  ...webhooks,
  ...access.filter(({ name }) => !name.startsWith('log')),
  ...docs,
];
