import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { writeReference } from '../functions/reference/write.ts';
import { packSite } from '../functions/ui/pack.ts';
import { FOLDER as SITE } from '../functions/ui/site.ts';
import { buildUi } from '../ui/build.ts';
import { BUNDLING, FUNCTIONS, folderOf, handlers, PRELOAD } from './bundles.ts';

/** All handlers in one run, because they share nearly all that they are made of. */
export async function bundleFunctions(bundles: string): Promise<void> {
  await build({
    ...BUNDLING,
    absWorkingDir: join(FUNCTIONS, '..'),
    entryPoints: handlers().map((handler) => ({
      in: join(FUNCTIONS, handler),
      out: join(folderOf('', handler), 'index'),
    })),
    outdir: bundles,
  });
  copyFileSync(
    join(FUNCTIONS, PRELOAD),
    join(folderOf(bundles, 'inference/realtime/handlers/infer.ts'), basename(PRELOAD)),
  );
  writeReference(folderOf(bundles, 'reference/handlers/api.ts'));
  const site = join(folderOf(bundles, 'ui/handlers/site.ts'), SITE);
  buildUi(site);
  packSite(site);
}
