export { classNames, nameOfNumber } from './classes.ts';
export { type Column as InputColumn, columnsOf as inputColumnsOf, put } from './columns.ts';
export { PLAIN_ENDPOINT } from './plain-endpoint.ts';
export { predictionId } from './prediction-id.ts';
export { answerOpenInference } from './protocols/open-inference.ts';
export { runtimeError } from './runtime-errors.ts';
export { createService, DEFAULT_LIMITS, type InferenceService, openModel } from './service.ts';
export { newTrace } from './wire.ts';
