export { examples } from './examples.ts';
export { routes } from './routes.ts';
export type { Feedback } from './schema.ts';
export * as schemas from './schema.ts';
export { type FeedbackSpan, readFeedback } from './store.ts';
