export type { ApiOperation } from './routes.ts';
