import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * What a command says: its result on standard output, for people or as JSON; everything else
 * (notes, progress) on standard error, so that a pipe gets the result alone.
 */
export class Output {
  readonly #streams: Streams;
  readonly #json: boolean;
  #line = '';

  constructor(streams: Streams, json: boolean) {
    this.#streams = streams;
    this.#json = json;
  }

  get isJson(): boolean {
    return this.#json;
  }

  /** The result: `value` with `--json`, else the text. */
  result(value: unknown, text: () => string): void {
    this.clear();
    const shown = this.#json ? JSON.stringify(value, null, 2) : text();
    this.#streams.stdout.write(shown === '' || shown.endsWith('\n') ? shown : `${shown}\n`);
  }

  /** One entry of a result that goes on: a line of JSON, or of text. */
  entry(value: unknown, text: () => string): void {
    this.clear();
    this.#streams.stdout.write(`${this.#json ? JSON.stringify(value) : text()}\n`);
  }

  note(text: string): void {
    this.clear();
    this.#streams.stderr.write(`${text}\n`);
  }

  error(text: string): void {
    this.note(`${this.onStderr('red', '✗')} ${text}`);
  }

  /** For standard output; plain where that is no terminal or NO_COLOR is set. */
  style = (style: Style, text: string): string =>
    styleText(style, text, { stream: this.#streams.stdout });

  onStderr(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#streams.stderr });
  }

  /** A line that is written over and over; only where somebody watches. */
  progress(text: string): void {
    const { stderr } = this.#streams;
    if (!stderr.isTTY || text === this.#line) return;
    const width = Math.max(stderr.columns ?? 80, 20) - 1;
    stderr.write(`\r\x1b[K${cut(text, width)}`);
    this.#line = text;
  }

  /** Takes the progress line away. */
  clear(): void {
    if (this.#line) this.#streams.stderr.write('\r\x1b[K');
    this.#line = '';
  }
}

const cut = (text: string, width: number): string =>
  stripVTControlCharacters(text).length <= width
    ? text
    : `${stripVTControlCharacters(text).slice(0, width - 1)}…`;

const CELLS = 24;

/** `████████░░░░  35 %` */
export function bar(share: number): string {
  const full = Math.round(Math.min(Math.max(share, 0), 1) * CELLS);
  const percent = String(Math.floor(Math.min(share, 1) * 100)).padStart(3);
  return `${'█'.repeat(full)}${'░'.repeat(CELLS - full)} ${percent} %`;
}

/** Columns as wide as their widest cell; a heading in bold where there is one. */
export function table(
  out: Output,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => visible(row[i] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell + ' '.repeat(Math.max((widths[i] ?? 0) - visible(cell), 0)))
      .join('  ')
      .trimEnd();
  return [out.style('bold', line(headings)), ...rows.map(line)].join('\n');
}

/** Names and values, one below the other; what has no value is left out. */
export function facts(out: Output, entries: readonly (readonly [string, unknown])[]): string {
  const given = entries.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...given.map(([name]) => name.length));
  return given
    .map(([name, value]) => `${out.style('dim', name.padEnd(width))}  ${value}`)
    .join('\n');
}

const visible = (text: string): number => stripVTControlCharacters(text).length;

/** A number that is short enough for a cell; nothing where there is none. */
export const figure = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : `${Number(value.toPrecision(5))}`;

/** `1.2 MB` */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 3);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** `2026-11-02 09:00:00`, in UTC like everything that the API says. */
export const time = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

const COLOURS: Record<string, Style> = {
  approved: 'green',
  ready: 'green',
  passed: 'green',
  completed: 'green',
  succeeded: 'green',
  promoted: 'green',
  stable: 'green',
  intact: 'green',
  active: 'green',
  healthy: 'green',
  rejected: 'red',
  failed: 'red',
  revoked: 'red',
  'rolled-back': 'red',
  drifted: 'red',
  broken: 'red',
  expired: 'yellow',
  running: 'yellow',
  queued: 'yellow',
  held: 'yellow',
  paused: 'yellow',
  validating: 'yellow',
  'awaiting-approval': 'yellow',
  archived: 'dim',
};

/** A status in the colour that it deserves. */
export const status = (out: Output, text: string): string => {
  const colour = COLOURS[text];
  return colour ? out.style(colour, text) : text;
};
