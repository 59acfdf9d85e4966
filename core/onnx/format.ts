import type { Datatype } from '../tensors/datatypes.ts';

/**
 * Field numbers of onnx.proto (github.com/onnx/onnx), those that we read.
 */
export const MODEL = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  domain: 4,
  modelVersion: 5,
  docString: 6,
  graph: 7,
  opsetImport: 8,
  metadata: 14,
  trainingInfo: 20,
  functions: 25,
} as const;
export const GRAPH = {
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  sparseInitializer: 15,
} as const;
export const NODE = {
  input: 1,
  output: 2,
  name: 3,
  opType: 4,
  attribute: 5,
  domain: 7,
  overload: 8,
} as const;
export const ATTRIBUTE = {
  name: 1,
  tensor: 5,
  graph: 6,
  ints: 8,
  strings: 9,
  tensors: 10,
  graphs: 11,
  sparseTensor: 22,
  sparseTensors: 23,
} as const;
export const TENSOR = {
  dims: 1,
  dataType: 2,
  floatData: 4,
  int32Data: 5,
  stringData: 6,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
  externalData: 13,
  dataLocation: 14,
} as const;
export const FUNCTION = {
  name: 1,
  node: 7,
  opsetImport: 9,
  domain: 10,
  attributeProto: 11,
  overload: 13,
} as const;

export interface ElementType {
  readonly name: string;
  /** Of one element; 0 for strings. */
  readonly bits: number;
  /** Undefined where it cannot be an input or output. */
  readonly datatype?: Datatype;
}

/** Element types by their number. */
export const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: { name: 'float', bits: 32, datatype: 'FP32' },
  2: { name: 'uint8', bits: 8, datatype: 'UINT8' },
  3: { name: 'int8', bits: 8, datatype: 'INT8' },
  4: { name: 'uint16', bits: 16, datatype: 'UINT16' },
  5: { name: 'int16', bits: 16, datatype: 'INT16' },
  6: { name: 'int32', bits: 32, datatype: 'INT32' },
  7: { name: 'int64', bits: 64, datatype: 'INT64' },
  8: { name: 'string', bits: 0, datatype: 'BYTES' },
  9: { name: 'bool', bits: 8, datatype: 'BOOL' },
  10: { name: 'float16', bits: 16, datatype: 'FP16' },
  11: { name: 'double', bits: 64, datatype: 'FP64' },
  12: { name: 'uint32', bits: 32, datatype: 'UINT32' },
  13: { name: 'uint64', bits: 64, datatype: 'UINT64' },
  14: { name: 'complex64', bits: 64 },
  15: { name: 'complex128', bits: 128 },
  16: { name: 'bfloat16', bits: 16, datatype: 'BF16' },
  17: { name: 'float8e4m3fn', bits: 8 },
  18: { name: 'float8e4m3fnuz', bits: 8 },
  19: { name: 'float8e5m2', bits: 8 },
  20: { name: 'float8e5m2fnuz', bits: 8 },
  21: { name: 'uint4', bits: 4 },
  22: { name: 'int4', bits: 4 },
  23: { name: 'float4e2m1', bits: 4 },
  24: { name: 'float8e8m0', bits: 8 },
  25: { name: 'uint2', bits: 2 },
  26: { name: 'int2', bits: 2 },
};

/** What the pinned runtime can load: found by loading one file of each version. */
export const NEWEST_IR = 13;
export const NEWEST_OPSETS: Readonly<Record<string, number>> = {
  '': 26,
  'ai.onnx.ml': 5,
  'com.microsoft': 1,
};

/** Of the standard set; of older ones the runtime lacks most operators. */
export const OLDEST_OPSET = 7;

/** Domains that the runtime gives a meaning of its own: no file may define functions there. */
export const RESERVED_DOMAINS =
  /^(com\.microsoft|com\.ms\.|org\.pytorch\.aten$|ai\.onnx\..*training)/;

/** Under one name, as files write the standard domain in two ways. */
export const canonicalDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

/** Operators of the runtime's own domain that neither touch files nor run foreign code. */
export const MICROSOFT_OPERATORS: ReadonlySet<string> = new Set([
  'Attention',
  'BiasAdd',
  'BiasGelu',
  'BiasSoftmax',
  'BiasSplitGelu',
  'CDist',
  'ComplexMul',
  'ConvTransposeWithDynamicPads',
  'DequantizeBFP',
  'DequantizeLinear',
  'DynamicQuantizeLSTM',
  'DynamicQuantizeMatMul',
  'EmbedLayerNormalization',
  'ExpandDims',
  'FastGelu',
  'FusedConv',
  'FusedGemm',
  'FusedMatMul',
  'FusedMatMulActivation',
  'GatherBlockQuantized',
  'GatherND',
  'Gelu',
  'GroupNorm',
  'GroupQueryAttention',
  'Inverse',
  'LayerNormalization',
  'MatMulBnb4',
  'MatMulInteger16',
  'MatMulIntegerToFloat',
  'MatMulNBits',
  'MaxpoolWithMask',
  'MultiHeadAttention',
  'MurmurHash3',
  'NGramRepeatBlock',
  'NhwcConv',
  'NhwcMaxPool',
  'Pad',
  'QAttention',
  'QGemm',
  'QLinearAdd',
  'QLinearAveragePool',
  'QLinearConcat',
  'QLinearConv',
  'QLinearGlobalAveragePool',
  'QLinearLeakyRelu',
  'QLinearMul',
  'QLinearReduceMean',
  'QLinearSigmoid',
  'QLinearSoftmax',
  'QLinearWhere',
  'QMoE',
  'QOrderedMatMul',
  'QuantizeLinear',
  'QuickGelu',
  'Range',
  'ReduceSumInteger',
  'RelativePositionBias',
  'RotaryEmbedding',
  'SampleOp',
  'SimplifiedLayerNormalization',
  'SkipLayerNormalization',
  'SkipSimplifiedLayerNormalization',
  'SparseToDenseMatMul',
  'Tokenizer',
  'Trilu',
  'Unique',
  'WordConvEmbedding',
]);
