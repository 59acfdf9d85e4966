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
  '# present <object>: it is there, or a folder of that name is',
  'first_key() {',
  '  aws s3api list-objects-v2 --bucket "$1" --prefix "$2" --max-keys 1 --no-paginate \\',
  `    --query 'Contents[0].Key' --output text`,
  '}',
  'present() {',
  `  local at=\${1#s3://} key first`,
  `  at=\${at%/}/ key=\${at#*/}`,
  `  first=$(first_key "\${at%%/*}" "$key")`,
  '  if [ "$first" != None ]; then return; fi',
  `  first=$(first_key "\${at%%/*}" "\${key%/}")`,
  `  [ "$first" = "\${key%/}" ] || { echo "there is nothing at $1" >&2; exit 2; }`,
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

/** Others may have written the list: no path of it may lead out of the folder. */
const LIST = `import json, re, sys
for file in json.load(open(sys.argv[1])):
    md5, path = file["md5"], file["relpath"]
    if path.startswith("/") or ".." in path.split("/") or "\\n" in path:
        sys.exit("the list of the folder names " + repr(path))
    if not re.fullmatch("[0-9a-f]{32}", md5):
        sys.exit("the list of the folder has the md5 " + repr(md5))
    print(md5, path)`;

const FETCH_FOLDER = [
  '# fetch_folder <remote> <list> <path> <md5>: the files that a list of DVC names',
  'fetch_folder() {',
  '  mkdir -p "$3"',
  '  fetch "$2" "$work/folder-$4.json" "$4"',
  `  python -c '${LIST}' "$work/folder-$4.json" |`,
  `    while IFS= read -r line; do fetch "$1\${line:0:2}/\${line:2:30}" "$3/\${line:33}" "\${line:0:32}"; done`,
  '}',
];
