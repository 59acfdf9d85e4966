/** What a page is made of for a reader, independent of Markdown and HTML. All texts are plain. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  /** Said where something is missing or cut. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [string, string])[] }
  | Table
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'plots'; readonly plots: readonly Plot[] };

export interface Table {
  readonly kind: 'table';
  readonly caption: string;
  readonly head: readonly string[];
  /** Which columns hold numbers: they are aligned by their digits. */
  readonly numeric: readonly boolean[];
  readonly rows: readonly (readonly string[])[];
  /** Where the first cell of each row leads. */
  readonly links?: readonly string[];
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

interface Described {
  readonly title: string;
  /** What it shows, in a sentence, for those who do not see it. */
  readonly description: string;
}

export interface Axis {
  readonly label: string;
  readonly domain: readonly [number, number];
}

export interface LinePlot extends Described {
  readonly type: 'lines';
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
    readonly band?: readonly (readonly [x: number, lower: number, upper: number])[];
    readonly dots?: boolean;
  }[];
  /** The diagonal: chance, or perfect calibration. */
  readonly diagonal?: boolean;
}

export interface BarPlot extends Described {
  readonly type: 'bars';
  readonly rows: readonly {
    readonly label: string;
    readonly value: number;
    readonly text: string;
    readonly range?: readonly [number, number] | undefined;
    readonly muted?: boolean;
  }[];
}

export interface MatrixPlot extends Described {
  readonly type: 'matrix';
  readonly labels: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

export type Plot = LinePlot | BarPlot | MatrixPlot;

export const text = (value: string): Block => ({ kind: 'text', text: value });
export const note = (value: string): Block => ({ kind: 'note', text: value });
export const list = (items: readonly string[]): Block => ({ kind: 'list', items });
export const facts = (rows: readonly (readonly [string, string])[]): Block => ({
  kind: 'facts',
  rows,
});
export const heading = (value: string): Block => ({ kind: 'heading', text: value });
export const plots = (all: readonly (Plot | undefined)[]): Block[] => {
  const there = all.filter((plot) => plot !== undefined);
  return there.length > 0 ? [{ kind: 'plots', plots: there }] : [];
};

/** A column's title; numbers begin with `#`. */
export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): Table {
  return {
    kind: 'table',
    caption,
    head: columns.map((title) => title.replace(/^#/, '')),
    numeric: columns.map((title) => title.startsWith('#')),
    rows,
  };
}
