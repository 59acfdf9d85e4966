export * from './report-schema.ts';
export * from './schema.ts';
