import { describe, expect, it } from '@jest/globals';
import { upload } from '../../local/api-client.ts';
import { exampleNames, largestDifference, readExample } from '../../local/examples.ts';
import { verdictOf } from '../../local/verdict.ts';
import { api, stack, unique } from '../helpers/stack.ts';

describe('each example', () => {
  it('is there', () => {
    expect(exampleNames().length).toBeGreaterThanOrEqual(4);
  });

  it.each(exampleNames())(
    '%s is approved and predicts, deployed, what its framework predicted',
    async (name) => {
      const { model, version, artifact, expected } = readExample(name);
      const own = unique('example');
      await api.call('POST', '/api/v1/models', { body: { ...model, name: own } });
      const uploadId = await upload(stack(), artifact);
      await api.call('POST', `/api/v1/models/${own}/versions`, {
        body: { ...version, artifact: { uploadId } },
      });
      expect(await verdictOf(stack(), own, 1)).toMatchObject({ status: 'approved' });
      await api.call('PUT', `/api/v1/endpoints/${own}`, {
        body: { variants: [{ model: own, version: 1 }] },
      });
      const { outputs } = await api.call('POST', `/v2/models/${own}/infer`, {
        body: expected.request,
      });
      expect(largestDifference(outputs, expected.outputs)).toBeLessThanOrEqual(expected.tolerance);
      if (expected.rows) {
        const body = { rows: expected.rows };
        const { predictions } = await api.call('POST', `/api/v1/endpoints/${own}/predictions`, {
          body,
        });
        expect(predictions).toHaveLength(expected.rows.length);
        if (expected.rowLabels) {
          expect(predictions.map((p: { label: string }) => p.label)).toEqual(expected.rowLabels);
        }
        expect(new Set(predictions.map((p: { predictionId: string }) => p.predictionId)).size).toBe(
          expected.rows.length,
        );
      }
    },
  );
});
