import * as z from 'zod';

/** Counts grow with what is added; a profile of another version is made again. */
export const PROFILE_VERSION = 1;

const Common = {
  name: z.string(),
  /** Rows, missing ones included. */
  count: z.int().nonnegative(),
  missing: z.int().nonnegative(),
  distinct: z.string().describe('HyperLogLog: 4,096 registers in Base64; standard error 1.6 %'),
};

export const NumericProfile = z.object({
  ...Common,
  kind: z.literal('numeric'),
  infinite: z.int().nonnegative().describe('Left out of everything below'),
  min: z.number().nullable(),
  max: z.number().nullable(),
  moments: z.object({
    count: z.int(),
    mean: z.number(),
    m2: z.number(),
    m3: z.number(),
    m4: z.number(),
  }),
  quantiles: z
    .object({
      count: z.int(),
      levels: z.array(z.array(z.number())),
      keepsOdd: z.array(z.boolean()),
    })
    .describe('KLL: values of level h stand for 2^h each; ranks off by less than 0.7 %'),
  values: z
    .array(z.tuple([z.number(), z.int()]))
    .nullable()
    .describe('Counts of all values, null where there are more than 50'),
  bins: z
    .object({ edges: z.array(z.number()), counts: z.array(z.int().nonnegative()) })
    .optional()
    .describe('Counts between the edges a reference has set, each bin up to its edge'),
});

export const TextProfile = z.object({
  ...Common,
  kind: z.literal('text'),
  counts: z.object({
    counts: z.array(z.tuple([z.string(), z.int()])),
    error: z.int().describe('At most so much is missing from each count'),
  }),
  lengths: z
    .object({ min: z.int(), max: z.int(), mean: z.number() })
    .nullable()
    .describe('In UTF-16 code units'),
});

export const ColumnProfile = z.discriminatedUnion('kind', [NumericProfile, TextProfile]);

export const Profile = z.object({
  version: z.literal(PROFILE_VERSION),
  rows: z.int().nonnegative(),
  columns: z.array(ColumnProfile),
});

export type NumericProfile = z.infer<typeof NumericProfile>;
export type TextProfile = z.infer<typeof TextProfile>;
export type ColumnProfile = z.infer<typeof ColumnProfile>;
export type Profile = z.infer<typeof Profile>;
