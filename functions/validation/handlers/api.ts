import { httpApi } from '#shared/http.ts';
import { routes } from '../routes.ts';

/** /api/v1/policies, /api/v1/models/…/versions/…/validations and /approvals */
export const handler = httpApi(routes);
