#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

// Plain JavaScript, so that older ones can read it: local/run.js finds the Node that is needed.
if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import('./skiff.ts');
} else {
  process.argv.splice(2, 0, fileURLToPath(new URL('./skiff.ts', import.meta.url)));
  await import('../local/run.js');
}
