export { auditWrite, type Change } from './audit.ts';
export { routes } from './routes.ts';
