/** Bash drops NUL as it reads a script: a line that differs by one would end what it stands in. */
export const withoutNul = (text: string): string => text.replaceAll('\0', '');

/** A text as one word of bash, whatever it holds; but for NUL, which no word can. */
export const quote = (text: string): string => `'${withoutNul(text).replaceAll("'", "'\\''")}'`;

/** What may stand in a message within a script: nothing that the shell would read. */
export const words = (text: string): string => text.replace(/[^\w.:/@ -]/g, '?');

/** Writes a file from within a script, byte for byte but for NUL, and a line end at its end. */
export function fileLines(path: string, text: string): string[] {
  const lines = withoutNul(text).replace(/\n$/, '').split('\n');
  let end = 'END_OF_FILE';
  while (lines.includes(end)) end += '_';
  return [`cat > "$work/${path}" <<'${end}'`, ...lines, end];
}
