export { predictionId } from './prediction-id.ts';
export { createService, DEFAULT_LIMITS, type InferenceService } from './service.ts';
