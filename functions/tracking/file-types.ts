const TEXTS = new Set(
  (
    'txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv ' +
    'md rst ipynb MLmodel mlproject'
  ).split(' '),
);
const TYPES = new Map(
  Object.entries({
    ...{ png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif' },
    ...{ webp: 'image/webp', pdf: 'application/pdf' },
  }),
);

/**
 * The content type of a file by its name: MLflow's server's texts, and what can be looked at without
 * running anything. HTML and SVG are neither, because whoever may log writes them.
 */
export function typeOf(name: string): string {
  const extension = name.slice(name.lastIndexOf('.') + 1);
  if (TEXTS.has(extension)) return 'text/plain';
  return TYPES.get(extension.toLowerCase()) ?? 'application/octet-stream';
}
