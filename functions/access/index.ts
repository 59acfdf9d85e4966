export { routes } from './routes.ts';
export { NewToken } from './schema.ts';
export { createToken } from './store.ts';
