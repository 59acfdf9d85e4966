import * as z from 'zod';
import { Profile } from '../profile/schema.ts';

const MAX_COLUMNS = 5_000;
const Outside = z
  .record(z.string(), z.int().nonnegative())
  .describe("Rows beyond the reference's smallest and largest value, by column");
/** 4,096 bytes in Base64: other registers cannot be merged. */
const REGISTERS = /^[A-Za-z0-9+/]{5462}==$/;

/** Rows of a span of time, summed up: they merge with what captures hold. */
export const SummedRows = z.object({
  variant: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/),
  revision: z.int().positive(),
  from: z.iso.datetime(),
  to: z.iso.datetime().describe('Exclusive; counts in the windows that it lies in as a whole'),
  profile: Profile.refine(({ columns }) => columns.length <= MAX_COLUMNS, {
    error: `at most ${MAX_COLUMNS} columns`,
  })
    .refine(({ columns }) => columns.every(({ distinct }) => REGISTERS.test(distinct)), {
      error: 'distinct: must be 4,096 registers in Base64',
    })
    .describe('Columns as captures have them: in_… and out_…'),
  outside: Outside.optional(),
});

/** What a device saw, counted against the reference in its bundle. */
export const DeviceProfile = z.strictObject({
  /** Of the device's own making, unique, and the same however often it is sent. */
  id: z.string().regex(/^[0-9A-Z]{26}\.\d{1,9}$/, 'must be a ULID, a dot and a number'),
  ...SummedRows.shape,
  outside: Outside,
});

export type SummedRows = z.infer<typeof SummedRows>;
export type DeviceProfile = z.infer<typeof DeviceProfile>;
