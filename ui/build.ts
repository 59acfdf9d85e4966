import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

const HERE = import.meta.dirname;

/**
 * Writes the application into a folder: `index.html`, and below `assets/` files whose names change
 * with their content, so that browsers may keep them for ever.
 */
export function buildUi(outDir: string): void {
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(join(outDir, 'assets'), { recursive: true });
  const { metafile } = buildSync({
    absWorkingDir: HERE,
    entryPoints: { app: 'main.tsx', style: 'style/main.css' },
    outdir: join(outDir, 'assets'),
    entryNames: '[name]-[hash]',
    ...{ bundle: true, format: 'esm', target: 'es2022', minify: true, metafile: true },
    ...{ jsx: 'automatic', jsxImportSource: 'preact' },
    tsconfigRaw: '{}',
    logLevel: 'error',
  });
  const names = Object.keys(metafile.outputs).map((file) => basename(file));
  // Relative to where the page is, `…/ui`: below what else is in an address, as in the local AWS.
  const built = (pattern: RegExp) => `ui/assets/${names.find((name) => pattern.test(name))}`;
  const html = readFileSync(join(HERE, 'index.html'), 'utf8')
    .replace('main.tsx', built(/^app-.*\.js$/))
    .replace('style/main.css', built(/^style-.*\.css$/))
    .replace('icon.svg', 'ui/assets/icon.svg');
  writeFileSync(join(outDir, 'index.html'), html);
  cpSync(join(HERE, 'icon.svg'), join(outDir, 'assets/icon.svg'));
}
