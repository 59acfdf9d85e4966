import { describe, expect, it } from '@jest/globals';
import type { OperationKey } from '../../../client/operations.ts';

describe('the types of the client', () => {
  it('know every path', () => {
    const known: OperationKey = 'GET /api/v1/models/{model}';
    // @ts-expect-error where this is no error, a slice's routes are annotated as Route[] and have lost their types: leave the annotation out
    const unknown: OperationKey = 'GET /no/such/path';
    expect(known).not.toBe(unknown);
  });
});
