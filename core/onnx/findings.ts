import type { ClassLabels } from './class-labels.ts';
import { canonicalDomain } from './format.ts';
import { refused } from './protobuf.ts';
import type { ExternalReference } from './tensor.ts';

/** How much of everything one model may hold; each is checked before memory is taken for it. */
export interface Limits {
  readonly nodes: number;
  readonly attributes: number;
  readonly tensors: number;
  readonly functions: number;
  /** Of all tensors, each counted as often as the function that holds it is written out. */
  readonly tensorBytes: number;
  /** Inputs and outputs of all graphs. */
  readonly values: number;
  /** Bytes of the names and labels that are kept while reading. */
  readonly names: number;
  /** How deep graphs lie in graphs. */
  readonly depth: number;
}

type Counted = Exclude<keyof Limits, 'depth' | 'tensorBytes'>;
const WORDS: Readonly<Record<Counted, string>> = {
  nodes: 'nodes',
  attributes: 'attributes',
  tensors: 'tensors',
  functions: 'functions of its own',
  values: 'inputs and outputs',
  names: 'bytes of names and labels',
};

export interface OperatorCount {
  readonly domain: string;
  readonly name: string;
  readonly count: number;
}

/** What the shortest string takes beside its characters. */
const STRING_BYTES = 16;

/** Scope of the nodes that belong to no function. */
export const MAIN = 'main';

/** What one function, or the main graph, holds and calls. */
export interface Scope {
  nodes: number;
  tensorBytes: number;
  readonly calls: Map<string, { times: number; depth: number }>;
}

/** What is found while a file is walked once. */
export class Findings {
  readonly limits: Limits;
  /** Ids of the functions that the file defines. */
  readonly functions: ReadonlySet<string>;
  readonly operators = new Map<string, { domain: string; name: string; count: number }>();
  readonly external: ExternalReference[] = [];
  readonly classLabels: ClassLabels[] = [];
  readonly scopes = new Map<string, Scope>();
  readonly counts = { nodes: 0, attributes: 0, tensors: 0, functions: 0, values: 0, names: 0 };
  parameters = 0;
  initializerBytes = 0;
  depth = 0;

  constructor(limits: Limits, functions: ReadonlySet<string>) {
    this.limits = limits;
    this.functions = functions;
  }

  /** @throws AppError where there are now more than allowed */
  add(what: Counted, number = 1): void {
    this.counts[what] += number;
    if (this.counts[what] > this.limits[what]) {
      throw refused(`it has more than ${this.limits[what]} ${WORDS[what]}`);
    }
  }

  /** Counts a name or label that stays in memory. */
  keep(name: string): string {
    this.add('names', name.length + STRING_BYTES);
    return name;
  }

  addOperator(domain: string, name: string): void {
    const id = operatorId(domain, name);
    const known = this.operators.get(id);
    if (known) known.count++;
    else this.operators.set(this.keep(id), { domain: canonicalDomain(domain), name, count: 1 });
  }

  scope(id: string): Scope {
    const known = this.scopes.get(id);
    if (known) return known;
    const scope: Scope = { nodes: 0, tensorBytes: 0, calls: new Map() };
    this.scopes.set(id, scope);
    return scope;
  }
}

/** One text for an operator or function, by which a node calls it. */
export const operatorId = (domain: string, name: string, overload = ''): string =>
  `${canonicalDomain(domain)}:${name}${overload && `:${overload}`}`;
