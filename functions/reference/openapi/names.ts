import * as z from 'zod';
import { schemas as access } from '#slices/access';
import { schemas as bundles } from '#slices/bundles';
import { schemas as cards } from '#slices/cards';
import { schemas as costs } from '#slices/costs';
import { schemas as datasets } from '#slices/datasets';
import { schemas as deployments } from '#slices/deployments';
import { schemas as experiments } from '#slices/experiments';
import { schemas as feedback } from '#slices/feedback';
import { schemas as governance } from '#slices/governance';
import { schemas as monitoring } from '#slices/monitoring';
import { schemas as registry } from '#slices/registry';
import { schemas as rollouts } from '#slices/rollouts';
import { schemas as runs } from '#slices/runs';
import { schemas as traffic } from '#slices/traffic';
import { schemas as validation } from '#slices/validation';
import { schemas as webhooks } from '#slices/webhooks';

const SLICES: readonly Readonly<Record<string, unknown>>[] = [
  registry,
  datasets,
  validation,
  cards,
  deployments,
  traffic,
  bundles,
  costs,
  feedback,
  experiments,
  rollouts,
  runs,
  monitoring,
  governance,
  access,
  webhooks,
];

/** Gives the objects that slices export their own names, under which the document has them once. */
export function nameSchemas(): void {
  for (const [name, schema] of SLICES.flatMap((slice) => Object.entries(slice))) {
    const isBody = schema instanceof z.ZodObject || schema instanceof z.ZodPipe;
    // Fields of paths and queries are parameters, one by one.
    if (!isBody || /^Of[A-Z]|Query$/.test(name)) continue;
    const known = z.globalRegistry.get(schema);
    if (!known?.id) z.globalRegistry.add(schema, { ...known, id: name });
  }
}
