import { join } from 'node:path';
import type { HttpEvent, HttpResult } from '#shared/http.ts';
import { answerFor } from '../answer.ts';
import { FOLDER, readSite, type Site } from '../site.ts';

let site: Site | undefined;

/** /ui: the app's static files, to anybody; they hold what the source holds, and nobody's data. */
export const handler = async (event: HttpEvent): Promise<HttpResult> => {
  // Lies beside the bundle, made with it.
  site ??= readSite(join(process.env.LAMBDA_TASK_ROOT ?? '', FOLDER));
  return answerFor(site, event);
};
