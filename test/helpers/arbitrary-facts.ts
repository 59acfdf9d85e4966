import fc from 'fast-check';
import * as z from 'zod';
import type { CardFacts } from '../../functions/cards/facts.ts';
import { StoredProse } from '../../functions/cards/schema.ts';
import { Model, ModelVersion } from '../../functions/registry/schema.ts';
import { evidenceSchemas } from '../../functions/validation/evidence.ts';
import { Approval, CheckSummary, Validation } from '../../functions/validation/schema.ts';
import { arbitrary } from './arbitrary.ts';

const ValidationFacts = z.object({
  ...Validation.pick({
    id: true,
    status: true,
    reason: true,
    dataset: true,
    trainingDataset: true,
    champion: true,
    finishedAt: true,
    gates: true,
  }).shape,
  policy: z.object({ name: z.string(), revision: z.int() }),
  checks: z.array(CheckSummary),
  evidence: z.object(evidenceSchemas).partial(),
});

/** Any facts that the record could hold. */
export const anyFacts: fc.Arbitrary<CardFacts> = fc.record({
  model: arbitrary(Model),
  version: arbitrary(ModelVersion),
  validation: fc.option(arbitrary(ValidationFacts), { nil: undefined }),
  approvals: fc.array(arbitrary(Approval), { maxLength: 2 }),
  prose: fc.option(arbitrary(StoredProse), { nil: undefined }),
  previous: fc.option(
    fc.record({
      version: arbitrary(ModelVersion),
      checks: fc.array(arbitrary(CheckSummary), { maxLength: 2 }),
    }),
    { nil: undefined },
  ),
  now: fc.date({ min: new Date(0), max: new Date('2999-12-31'), noInvalidDate: true }),
});
