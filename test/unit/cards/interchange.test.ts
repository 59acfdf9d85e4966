import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import { buildCard } from '../../../functions/cards/build.ts';
import { toBom } from '../../../functions/cards/render/bom.ts';
import { toSageMaker } from '../../../functions/cards/render/sagemaker.ts';
import { toToolkit } from '../../../functions/cards/render/toolkit.ts';
import schema from '../../fixtures/schemas/model-card-toolkit-0.0.2.json' with { type: 'json' };
import { anyFacts } from '../../helpers/arbitrary-facts.ts';
import { poorFacts, richFacts } from '../../helpers/card-facts.ts';

const rich = buildCard(richFacts);
const poor = buildCard(poorFacts);

/**
 * Google's own schema, with its malformed reference (`#definitions/…`) mended and the types of its
 * alternatives written out, which zod needs.
 */
const toolkitSchema = z.fromJSONSchema(
  JSON.parse(
    JSON.stringify(schema)
      .replaceAll('"#definitions/', '"#/definitions/')
      .replace(
        /\{"required":\["(\w+)"\]\}/g,
        '{"type":"object","required":["$1"],"properties":{"$1":{"type":"string"}}}',
      ),
  ),
);

describe("Google's Model Card Toolkit", () => {
  it('gets what it has fields for', () => {
    expect(toToolkit(rich)).toMatchObject({
      schema_version: '0.0.2',
      model_details: {
        name: 'credit-default',
        owners: [{ name: 'risk-team' }],
        version: { name: '3', date: '2026-11-24', diff: expect.stringContaining('0.05 → 0.1') },
        licenses: [{ identifier: 'Apache-2.0' }],
      },
      considerations: {
        limitations: expect.arrayContaining([
          { description: 'Not to be used for: Business loans' },
        ]),
      },
    });
    expect(toToolkit(rich).quantitative_analysis.performance_metrics).toContainEqual({
      type: 'true-positive-rate',
      value: '0.58',
      slice: 'sex = male',
      confidence_interval: {
        lower_bound: String(0.58 - 2 / Math.sqrt(1860)),
        upper_bound: String(0.58 + 2 / Math.sqrt(1860)),
      },
    });
  });

  it.each([
    ['rich', rich],
    ['poor', poor],
  ])('takes a %s card by its schema', (_, card) => {
    expect(toolkitSchema.safeParse(toToolkit(card)).error).toBeUndefined();
  });

  it('takes every card by its schema', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const document = JSON.parse(JSON.stringify(toToolkit(buildCard(facts))));
        expect(toolkitSchema.safeParse(document).error).toBeUndefined();
      }),
    );
  });

  it('has a schema that refuses what is wrong', () => {
    const wrong = { model_details: { licenses: [{ identifier: 1 }] } };
    expect(toolkitSchema.safeParse(wrong).success).toBe(false);
    expect(toolkitSchema.safeParse({ unknown: 1 }).success).toBe(false);
  });
});

/** Limits of SageMaker's schema of card contents. */
const Name = z.string().max(255);
const Text = z.string().max(2048);
const Content = z.strictObject({
  model_overview: z.looseObject({
    model_name: z.string().max(1024),
    model_version: z.int().min(1),
  }),
  intended_uses: z.strictObject({
    intended_uses: Text.optional(),
    purpose_of_model: Text.optional(),
    factors_affecting_model_efficiency: Text.optional(),
    risk_rating: z.enum(['High', 'Medium', 'Low', 'Unknown']),
    explanations_for_risk_rating: Text.optional(),
  }),
  training_details: z.strictObject({
    training_job_details: z.looseObject({
      training_datasets: z.array(z.string().max(1024)).max(10),
      training_metrics: z.array(z.strictObject({ name: Name, value: z.number() })),
      hyper_parameters: z.array(z.strictObject({ name: Name, value: z.string().max(255) })),
    }),
  }),
  evaluation_details: z.array(
    z.strictObject({
      name: z.string().min(1).max(63),
      evaluation_observation: Text,
      datasets: z.array(z.string().max(1024)).max(10),
      metric_groups: z.array(
        z.strictObject({
          name: z.string().min(1).max(63),
          metric_data: z.array(
            z.looseObject({ name: Name, type: z.enum(['number', 'linear_graph', 'matrix']) }),
          ),
        }),
      ),
    }),
  ),
  additional_information: z.strictObject({
    ethical_considerations: Text.optional(),
    caveats_and_recommendations: Text.optional(),
    custom_details: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().max(1024)),
  }),
});

describe('SageMaker', () => {
  it('gets what it has fields for', () => {
    expect(Content.parse(toSageMaker(rich))).toMatchObject({
      intended_uses: { risk_rating: 'High' },
      evaluation_details: [
        {
          evaluation_observation: 'Rejected: 1 gate did not hold',
          datasets: [expect.stringContaining('applications-2026-q1')],
        },
      ],
    });
  });

  it('gets texts cut with an ellipsis, and fewer metrics where there are too many', () => {
    const long = 'ä'.repeat(5000);
    const perClass = Array.from({ length: 300 }, (_, i) => ({
      label: `class ${i} ${'x'.repeat(100)}`,
      metrics: richFacts.validation!.evidence.quality!.metrics,
    }));
    const quality = { ...richFacts.validation!.evidence.quality!, perClass };
    const validation = {
      ...richFacts.validation!,
      evidence: { ...richFacts.validation!.evidence, quality },
    };
    const prose = { ...richFacts.prose!, intendedUse: long };
    const content = toSageMaker(buildCard({ ...richFacts, prose, validation })) as any;
    expect(Content.safeParse(content).error).toBeUndefined();
    expect(content.intended_uses.intended_uses).toBe(`${'ä'.repeat(2047)}…`);
    expect(JSON.stringify(content).length).toBeLessThanOrEqual(100_000);
    expect(content.evaluation_details[0].metric_groups[1].metric_data.length).toBeGreaterThan(20);
  });

  it('gets content within its limits from every card', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const content = toSageMaker(buildCard(facts));
        expect(Content.safeParse(JSON.parse(JSON.stringify(content))).error).toBeUndefined();
        expect(JSON.stringify(content).length).toBeLessThanOrEqual(100_000);
      }),
    );
  });
});

describe('a bill of materials', () => {
  it('holds the card of the model', () => {
    expect((toBom(rich).metadata as any).component).toMatchObject({
      name: 'credit-default',
      version: '3',
      licenses: [{ license: { id: 'Apache-2.0' } }],
      modelCard: {
        modelParameters: { task: 'binary', datasets: [{ ref: 'dataset-1' }, { ref: 'dataset-2' }] },
        considerations: {
          users: ['Credit officers of the risk department'],
          ethicalConsiderations: [{ mitigationStrategy: expect.stringContaining('gates') }],
        },
      },
    });
  });

  it('is made from every card', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        expect(JSON.stringify(toBom(buildCard(facts)))).toContain('"specVersion":"1.6"');
      }),
    );
  });
});
