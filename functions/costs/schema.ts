import * as z from 'zod';
import { EndpointName } from '#slices/deployments';
import { ModelName } from '#slices/registry';

export const OfEndpoint = z.strictObject({ endpoint: EndpointName });
export const OfModel = z.strictObject({ model: ModelName });

const Dollars = z.number().nonnegative();

const Parts = z
  .object({
    api: Dollars.describe('Requests to the HTTP API'),
    calls: Dollars.describe('Calls of the function'),
    compute: Dollars.describe('Its memory and time, starts and writing included'),
    logs: Dollars,
    objects: Dollars.describe('Files of captures, or of shadows’ answers'),
    table: Dollars.describe('Traffic summaries'),
  })
  .describe('US dollars');

const Figures = {
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  currency: z.literal('USD'),
  total: Dollars,
  predictions: z.int().nonnegative().describe('Rows that were answered'),
  per1000Predictions: Dollars.nullable(),
  serving: Parts,
  shadows: Parts,
  versions: z.array(
    z.object({
      endpoint: z.string(),
      variant: z.string(),
      model: z.string(),
      version: z.int().positive(),
      shadow: z.boolean(),
      predictions: z.int().nonnegative(),
      total: Dollars,
    }),
  ),
};

export const EndpointCost = z.object({ endpoint: z.string(), ...Figures });
export const ModelCost = z.object({ model: z.string(), ...Figures });

export const NewBudget = z.strictObject({
  amount: z.number().positive().max(1e9).describe('US dollars'),
  period: z.enum(['day', 'month']).describe('In UTC'),
});

export const Budget = z.object({
  endpoint: z.string(),
  amount: z.number(),
  period: z.enum(['day', 'month']),
  revision: z.int().positive(),
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
  spent: z.number().nullable().default(null).describe('In the period, when it was last looked at'),
  checkedAt: z.iso.datetime().nullable().default(null),
  exceeded: z.string().nullable().default(null).describe('The newest period that went over it'),
});

export type EndpointCost = z.infer<typeof EndpointCost>;
export type ModelCost = z.infer<typeof ModelCost>;
export type NewBudget = z.infer<typeof NewBudget>;
export type Budget = z.infer<typeof Budget>;
