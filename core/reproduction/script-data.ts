import type { DataInput, DataObject } from './facts.ts';
import { quote } from './shell.ts';

/**
 * Lines that fetch what the program looks for at a path; what it reads from S3 by itself is only
 * looked at, so that the script fails now and not after hours.
 */
export function dataLines(data: readonly DataInput[]): string[] {
  const objects = data.flatMap(({ object }) => (object ? [object] : []));
  if (objects.length === 0) return [];
  return [
    '',
    '# Data',
    ...(objects.some(({ path }) => path === undefined) ? PRESENT : []),
    ...(objects.some(({ path }) => path !== undefined) ? FETCH : []),
    ...(objects.some(({ isFolder }) => isFolder) ? FETCH_FOLDER : []),
    ...objects.map(lineOf),
  ];
}

function lineOf({ uri, path, md5, isFolder, versionId }: DataObject): string {
  if (path === undefined) return `present ${quote(uri)}`;
  const target = `"$work/code/"${quote(path)}`;
  if (!isFolder) {
    const more = versionId ? [quote(md5 ?? ''), quote(versionId)] : md5 ? [quote(md5)] : [];
    return ['fetch', quote(uri), target, ...more].join(' ');
  }
  // The list lies beside the files: below the first two digits of its own digest.
  const root = uri.replace(/[^/]*\/[^/]*$/, '');
  return ['fetch_folder', quote(root), quote(uri), target, quote(md5 ?? '')].join(' ');
}

const PRESENT = [
  '# present <object>: something is there, be it a file or a folder',
  'present() {',
  `  local at=\${1#s3://} first`,
  `  first=$(aws s3api list-objects-v2 --bucket "\${at%%/*}" --prefix "\${at#*/}" --max-items 1 \\`,
  `    --query 'Contents[0].Key' --output text)`,
  '  [ "$first" != None ] || { echo "there is nothing at $1" >&2; exit 2; }',
  '}',
];

const FETCH = [
  '# fetch <object> <path> [<md5> [<version>]]: not what is there already, and nothing else than it was',
  'fetch() {',
  `  if [ -n "\${3:-}" ] && [ -e "$2" ] && echo "$3  $2" | md5sum --check --status; then return; fi`,
  '  mkdir -p "$(dirname "$2")"',
  `  if [ -n "\${4:-}" ]; then`,
  `    local at=\${1#s3://}`,
  `    aws s3api get-object --bucket "\${at%%/*}" --key "\${at#*/}" --version-id "$4" "$2" >/dev/null`,
  '  else',
  '    aws s3 cp --only-show-errors "$1" "$2" </dev/null',
  '  fi',
  `  if [ -n "\${3:-}" ]; then echo "$3  $2" | md5sum --check --quiet; fi`,
  '}',
];

const FETCH_FOLDER = [
  '# fetch_folder <remote> <list> <path> <md5>: the files that a list of DVC names',
  'fetch_folder() {',
  '  mkdir -p "$3"',
  '  fetch "$2" "$work/folder-$4.json" "$4"',
  '  python -c \'import json, sys; [print(f["md5"], f["relpath"]) for f in json.load(open(sys.argv[1]))]\' \\',
  '    "$work/folder-$4.json" |',
  `    while read -r digest name; do fetch "$1\${digest:0:2}/\${digest:2}" "$3/$name" "$digest"; done`,
  '}',
];
