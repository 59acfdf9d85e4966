import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { docsPage } from './docs/page.ts';
import { DOCUMENT, PAGE } from './own-routes.ts';
import { describeApi } from './routes.ts';

/** Writes what the function answers into the folder of its bundle. */
export function writeReference(folder: string): void {
  const document = describeApi();
  writeFileSync(join(folder, DOCUMENT), JSON.stringify(document));
  writeFileSync(join(folder, PAGE), docsPage(document));
}
