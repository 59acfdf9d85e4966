import type { Command } from '../command.ts';
import { access } from './access.ts';
import { datasets } from './datasets.ts';
import { endpoints } from './endpoints.ts';
import { history } from './history.ts';
import { models } from './models.ts';
import { predict } from './predict.ts';
import { validations } from './validations.ts';
import { versions } from './versions.ts';

/** In the order of a first day. */
export const COMMANDS: readonly Command[] = [
  ...access.filter(({ name }) => name.startsWith('log')),
  ...models,
  ...versions,
  ...datasets,
  ...validations,
  ...endpoints,
  ...predict,
  ...history,
  ...access.filter(({ name }) => !name.startsWith('log')),
];
