import * as z from 'zod';
import { EndpointName } from '#slices/deployments';

/** After a prediction, what turned out to be true is taken for so long. */
export const MAX_AGE_DAYS = 400;
const MAX_ITEMS = 1000;
const Row = z.int().min(0).max(999_999_999);

/** The truth as a label, such as a class, or as a number. */
const Label = z.union([z.string().min(1).max(256), z.number(), z.boolean()]);
const Value = z.number().min(-1e12).max(1e12);

export const NewFeedback = z
  .strictObject({
    predictionId: z
      .string()
      .min(1)
      .max(256)
      .describe('As the prediction answered it; with ":row" after it, or with the row beside it'),
    row: Row.optional().describe('Of the request, from 0'),
    label: Label.optional().describe('What was true'),
    value: Value.optional().describe('What it was worth: 1 for a conversion, or an amount'),
    at: z.iso.datetime({ offset: true }).optional().describe('When it turned out'),
    correct: z.boolean().default(false).describe('Replaces what was said before'),
  })
  .refine(({ label, value }) => label !== undefined || value !== undefined, {
    error: 'give a label, a value, or both',
    path: ['label'],
  });

export const FeedbackBatch = z.strictObject({
  items: z.array(NewFeedback).min(1).max(MAX_ITEMS),
});

const Count = z.int().nonnegative();
const Outcome = z.object({
  predictionId: z.string(),
  row: Row,
  result: z.enum(['accepted', 'duplicate', 'replaced', 'refused']),
  code: z
    .enum(['invalid', 'forbidden', 'not-found', 'conflict', 'unavailable'])
    .optional()
    .describe('Why it was refused'),
  reason: z.string().optional(),
});

export const FeedbackResult = z.object({
  accepted: Count,
  duplicate: Count,
  replaced: Count,
  refused: Count,
  items: z.array(Outcome).describe('In the order in which they were sent'),
});

export const Feedback = z.object({
  predictionId: z.string(),
  row: Row,
  at: z.iso.datetime().describe('Of the prediction'),
  revision: z.int().positive(),
  variant: z.string(),
  label: Label.optional(),
  value: z.number().optional(),
  knownAt: z.iso.datetime({ offset: true }).optional(),
  receivedAt: z.iso.datetime(),
  receivedFrom: z.string(),
  corrections: z
    .array(
      z.object({
        label: Label.optional(),
        value: z.number().optional(),
        receivedAt: z.iso.datetime(),
        receivedFrom: z.string(),
      }),
    )
    .optional()
    .describe('What was said before, the latest first'),
});

export const OfEndpoint = z.strictObject({ endpoint: EndpointName });
const Time = z.iso.datetime({ offset: true });
export const FeedbackQuery = z.strictObject({
  from: Time.optional().describe('Of the predictions; a day before `to` where it is left out'),
  to: Time.optional().describe('Exclusive; now where it is left out'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(1024).optional(),
});

export type NewFeedback = z.infer<typeof NewFeedback>;
export type Outcome = z.infer<typeof Outcome>;
export type FeedbackResult = z.infer<typeof FeedbackResult>;
export type Feedback = z.infer<typeof Feedback>;
export type FeedbackQuery = z.infer<typeof FeedbackQuery>;
