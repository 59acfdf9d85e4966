import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildCard } from '../../../functions/cards/build.ts';
import { ModelCard } from '../../../functions/cards/schema.ts';
import { anyFacts } from '../../helpers/arbitrary-facts.ts';
import { poorFacts, richFacts } from '../../helpers/card-facts.ts';

describe('a card', () => {
  it('holds what is on record', () => {
    const card = buildCard(richFacts);
    expect(ModelCard.parse(card)).toEqual(card);
    expect(card).toMatchObject({
      details: { model: 'credit-default', version: 3, licence: 'Apache-2.0' },
      verdict: { status: 'rejected', policy: { name: 'credit', revision: 4 } },
      metrics: { measured: { measured: true, champion: { version: 2, verdict: 'worse' } } },
      prose: { riskRating: 'high', version: 2 },
      approvals: [{ actor: 'bob', decision: 'reject' }],
      missing: [],
      generatedAt: '2026-11-24T10:00:00.000Z',
    });
    expect(card.artifact).not.toHaveProperty('bom');
    expect(card.data.datasets.map(({ name, usedBySkiff }) => [name, usedBySkiff])).toEqual([
      ['applications-2025', false],
      ['applications-2026-q1', true],
    ]);
  });

  it('says of each part that nothing is known', () => {
    const card = buildCard(poorFacts);
    expect(ModelCard.parse(card)).toEqual(card);
    const unknown = { measured: false, reason: 'this version has not been validated yet' };
    const { metrics, data, fairness, robustness, explainability, performance, contract } = card;
    for (const part of [
      metrics.measured,
      data.quality,
      fairness,
      robustness,
      explainability,
      performance,
      contract,
      card.artifact,
    ]) {
      expect(part).toEqual(unknown);
    }
    expect(card).toMatchObject({ verdict: null, prose: null, changes: null });
    expect(card.missing.map(({ field }) => field)).toEqual([
      'description',
      'intendedUse',
      'users',
      'limitations',
      'ethicalConsiderations',
      'riskRating',
      'licence',
      'lineage.datasets',
    ]);
  });

  it.each([
    ['skipped', 'no validation dataset', 'the check was skipped: no validation dataset'],
    ['failed', 'out of memory', 'the check was not possible: out of memory'],
    ['cancelled', undefined, 'the check was cancelled'],
    ['running', undefined, 'the check has not finished yet'],
  ] as const)('gives the reason of a check that was %s', (status, why, said) => {
    const summary = { check: 'fairness', status, ...(why && { reason: why }) } as const;
    const validation = { ...richFacts.validation!, checks: [summary], evidence: {} };
    const card = buildCard({ ...richFacts, validation });
    expect(card.fairness).toEqual({ measured: false, reason: said });
    expect(card.robustness).toEqual({
      measured: false,
      reason: 'the check was not part of the validation',
    });
  });

  it('names what changed since the version before', () => {
    const { changes } = buildCard(richFacts);
    expect(changes).toEqual({
      since: 2,
      signature: [],
      graph: [
        { what: 'parameters', before: '9842', after: '9863' },
        { what: 'size in bytes', before: '48213', after: '48214' },
        { what: 'operator Cast', before: '2', after: '3' },
      ],
      lineage: [{ what: 'hyperparameter learning_rate', before: '0.05', after: '0.1' }],
      metrics: [
        { metric: 'quality.accuracy', before: 0.921, after: 0.9085, difference: 0.9085 - 0.921 },
        { metric: 'quality.roc-auc', before: 0.9475, after: 0.9412, difference: 0.9412 - 0.9475 },
      ],
    });
  });

  it('names columns that came, went or changed their contract', () => {
    const before = structuredClone(richFacts.previous!);
    const [income, age] = before.version.signature.features!;
    before.version.signature.features = [{ ...income!, min: -5 }, age!];
    const { signature } = buildCard({ ...richFacts, previous: before }).changes!;
    expect(signature.slice(0, 2)).toEqual([
      {
        what: 'feature income',
        before: 'number {"unit":"EUR","min":-5}',
        after: 'number {"unit":"EUR","min":0}',
      },
      { what: 'feature debt_ratio', before: null, after: 'number {"min":0,"max":4}' },
    ]);
  });

  it('cuts what nobody reads, and says so', () => {
    const counts = Array.from({ length: 60 }, () => Array(60).fill(1));
    const quality = {
      ...richFacts.validation!.evidence.quality!,
      confusion: { labels: counts.map((_, i) => `c${i}`), counts },
      roc: Array.from({ length: 5000 }, (_, i) => [i / 4999, i / 4999] as [number, number]),
    };
    const columns = Array.from({ length: 2000 }, (_, i) => ({
      column: `x${i}`,
      kind: 'numeric' as const,
      missing: 0,
      distinct: 2,
    }));
    const dataQuality = { ...richFacts.validation!.evidence['data-quality']!, columns };
    const evidence = { quality, 'data-quality': dataQuality };
    const validation = { ...richFacts.validation!, evidence };
    const { metrics, data } = buildCard({ ...richFacts, validation });
    if (!metrics.measured.measured || !data.quality.measured) throw new Error('not measured');
    expect(metrics.measured.roc).toHaveLength(201);
    expect(metrics.measured.roc!.at(-1)).toEqual([1, 1]);
    expect(metrics.measured).toMatchObject({
      confusion: undefined,
      leftOut: ['the confusion matrix of 60 classes'],
    });
    expect(data.quality.columns).toHaveLength(300);
    expect(data.quality.leftOut).toEqual(['1700 of 2000 columns']);
  });

  it('is made from whatever the record holds', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const card = buildCard(facts);
        expect(ModelCard.safeParse(card).error).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});
