import { describe, expect, it } from '@jest/globals';
import { runtimeError } from '../../../functions/inference/runtime-errors.ts';

describe('a failed run', () => {
  it.each([
    [
      "Non-zero status code returned while running Reshape node. Name:'r' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:47 onnxruntime::ReshapeHelper::ReshapeHelper(const TensorShape&, TensorShapeVector&, bool) input_shape_size == size was false.",
      "Non-zero status code returned while running Reshape node. Name:'r' Status Message: input_shape_size == size was false.",
    ],
    [
      'Got invalid dimensions for input: x for the following indices\n index: 1 Got: 2 Expected: 3\n Please fix either the inputs/outputs or the model.',
      'Got invalid dimensions for input: x for the following indices index: 1 Got: 2 Expected: 3 Please fix either the inputs/outputs or the model.',
    ],
  ])('is the caller’s to mend where the input is the reason', (message, cleaned) => {
    const error = runtimeError(new Error(message));
    expect(error).toMatchObject({
      code: 'invalid',
      fields: [{ field: 'inputs', message: cleaned }],
    });
  });

  it('is too large where memory is the reason', () => {
    expect(runtimeError(new Error('Failed to allocate memory for requested buffer'))).toMatchObject(
      {
        code: 'too-large',
      },
    );
  });

  it('is our own for any other reason', () => {
    const error = new Error('this session was disposed');
    expect(runtimeError(error)).toBe(error);
  });
});
