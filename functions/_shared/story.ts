/*
 * What the examples of all slices are about, so that they can be followed from the first to the
 * last: `test/e2e/reference.test.ts` does.
 */

export const MODEL = 'house-prices';
export const ENDPOINT = 'valuations';
export const DATASET = 'house-sales';
export const POLICY = 'measured';
export const ACTOR = 'alice';
/** When everything in the story happened. */
export const AT = '2026-11-02T09:00:00.000Z';

/** price = 40 + 3.1 area + 12 rooms − 0.6 age, in thousands: a linear model of 178 bytes. */
export const ONNX_BASE64 =
  'CAg6lwEKXwoBWBIFcHJpY2UiD0xpbmVhclJlZ3Jlc3NvciofCgxjb2VmZmljaWVudHM6DGZmRkAAAEBBmpkZv6AB' +
  'BioVCgppbnRlcmNlcHRzOgQAACBCoAEGOgphaS5vbm54Lm1sEgR0aW55WhQKAVgSDwoNCAESCQoDEgFuCgIIA2IY' +
  'CgVwcmljZRIPCg0IARIJCgMSAW4KAggBQgQKABAQQg4KCmFpLm9ubngubWwQAw==';
export const ONNX_SHA256 = '8ec7cca7c657be605a51a760c43cb917bb6f1e46179b70676d6f0d9a9b7cfdae';
export const ONNX_BYTES = 178;

/** 40 sales with the columns area, rooms, age and price. */
export const CSV_BASE64 =
  'YXJlYSxyb29tcyxhZ2UscHJpY2UKOTUsMywxMywzNjAKNTgsMSwyLDIxNQoxMzcsNSw3LDUyNAoxMDUsNCwxMyw0' +
  'MjMKMTAyLDMsMyw0MDIKMTA0LDMsMjEsMzYzCjExNCw0LDgwLDQxNwoxMzAsMyw3Nyw0MDYKMTIxLDUsNjQsNDM3' +
  'CjEwNiwzLDcwLDM3MwoxMTEsMywzNywzNzIKMTY1LDYsNTIsNTgwCjE0Myw1LDU1LDUwMQoxMDEsMiwxMCwzNzQK' +
  'NDYsMyw4MCwxODgKMTU1LDUsMTgsNTY5Cjg1LDIsNTIsMzEzCjE0Nyw1LDIzLDUzMgoxMjYsNSw3NSw0MzgKMTE3' +
  'LDMsNyw0NTEKOTMsMyw3NCwzMTIKMTE5LDQsMzcsNDI4CjE1Miw0LDUsNTUzCjEwOCw0LDIsNDI2CjExNyw0LDQx' +
  'LDQ1MAoxNDAsNCwzNyw0OTUKODQsNCwzNywzMzUKNzUsMiw3MywyNjMKMzcsMSw1LDE1MQoxMjcsNCw3Myw0NDIK' +
  'NTksMywyNiwyMzUKNTAsMSw3LDIwNwo3OCwzLDc3LDI4Nwo5OCwzLDQsMzgyCjY2LDIsNTIsMjMyCjg2LDMsNTYs' +
  'MzAxCjE0MCw2LDQsNTQ3CjE0NCw1LDYzLDUyMwo4MywyLDQsMzE5Cjg4LDMsNTMsMzI3Cg==';
export const CSV_SHA256 = '7180ad3ad0f01f0161640d94b2dffe281a37873a3c63ad5bed25b7a66aa2dd15';
export const CSV_BYTES = 514;

export const SIGNATURE = {
  inputs: [{ name: 'X', datatype: 'FP32', shape: ['n', 3] }],
  outputs: [{ name: 'price', datatype: 'FP32', shape: ['n', 1], role: 'value' }],
  features: [
    { name: 'area', type: 'number', unit: 'm²', min: 0, nullable: false, input: 'X', column: 0 },
    { name: 'rooms', type: 'integer', min: 1, max: 50, nullable: false, input: 'X', column: 1 },
    { name: 'age', type: 'number', unit: 'years', nullable: false, input: 'X', column: 2 },
  ],
};
export const VALIDATION = '01KB1ZC3D6E9F2G5H8J1K4M7N0';
