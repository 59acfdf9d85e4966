import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ulid } from 'ulid';
import { parsePredictionId, predictionIdSuffix, rowPredictionId } from '#core/prediction-id.ts';

const endpoint = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,62}$/);
const variant = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,62}$/);
const revision = fc.integer({ min: 1, max: 999_999_999 });
const at = fc.integer({ min: 1, max: 2 ** 48 - 1 });

describe('a prediction id', () => {
  it('says when, where and by what the prediction was made, row by row', () => {
    fc.assert(
      fc.property(at, endpoint, revision, variant, fc.nat(9999), (time, e, r, v, row) => {
        const id = ulid(time) + predictionIdSuffix(e, r, v);
        const facts = { id, at: time, endpoint: e, revision: r, variant: v };
        expect(parsePredictionId(id)).toEqual(facts);
        expect(parsePredictionId(rowPredictionId(id, row))).toEqual({ ...facts, row });
      }),
    );
  });

  it.each([
    '',
    '01KB0000000000000000000000',
    '01KB0000000000000000000000.fraud.1',
    '01KB0000000000000000000000.fraud.0.default',
    '01KB0000000000000000000000.fraud.1.default:',
    '01KB0000000000000000000000.fraud.1.default:-1',
    '01KB0000000000000000000000.fraud.1.default:01',
    '81KB0000000000000000000000.fraud.1.default',
    '01KB000000000000000000000I.fraud.1.default',
    '01KB0000000000000000000000.Fraud.1.default',
    '01KB0000000000000000000000.fraud.1.default\n',
  ])('is not %j', (text) => {
    expect(parsePredictionId(text)).toBeUndefined();
  });
});
