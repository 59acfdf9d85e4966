import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Datatype } from '#core/tensors/datatypes.ts';

/** Datatypes under the runtime's names. */
export const ONNX_TYPES = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  BF16: 'float32',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
} as const satisfies Record<Datatype, Tensor.Type>;

/**
 * One request has one core, and a second thread slows small batches down (docs/performance.md).
 * Only fatal errors are logged: others come back as errors, and their text may quote the input.
 */
export const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
};
