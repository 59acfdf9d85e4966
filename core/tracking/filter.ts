import { AppError } from '../errors.ts';
import { type Token, tokenise } from './tokens.ts';

/** What a condition is about. */
export type Entity = 'metric' | 'param' | 'tag' | 'attribute' | 'dataset';
export type Comparator = (typeof NUMERIC)[number] | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | Presence;
type Presence = 'IS NULL' | 'IS NOT NULL';

/** One condition of a filter; `IN` has a list, `IS NULL` no value. */
export interface Clause {
  readonly entity: Entity;
  readonly key: string;
  readonly comparator: Comparator;
  readonly value?: string | number | readonly string[];
}

/** What can be searched for among one kind of thing. */
export interface Dialect {
  readonly entities: Readonly<Record<string, Entity>>;
  /** By the names that people may write, what they are called here and of which type they are. */
  readonly attributes: Readonly<Record<string, readonly [string, 'text' | 'number']>>;
}

const NUMERIC = ['=', '!=', '<', '<=', '>', '>='] as const;
const MATCHING = ['=', '!=', 'LIKE', 'ILIKE'] as const;
const PRESENCE = ['IS NULL', 'IS NOT NULL'] as const;
const LISTS = ['IN', 'NOT IN'] as const;

/**
 * MLflow's filter language: comparisons joined by AND.
 * @throws AppError `invalid` that says where it cannot be read
 */
export function parseFilter(text: string | undefined, dialect: Dialect): Clause[] {
  const tokens = tokenise(text ?? '');
  const clauses: Clause[] = [];
  while (tokens.length > 0) {
    if (clauses.length > 0) {
      const joined = tokens.shift();
      if (joined?.kind !== 'word' || joined.text.toUpperCase() !== 'AND') {
        throw bad(
          `Invalid clause(s) in filter string: '${joined?.text}': only AND joins conditions`,
        );
      }
    }
    clauses.push(parseClause(tokens, dialect));
  }
  return clauses;
}

function parseClause(tokens: Token[], dialect: Dialect): Clause {
  const { entity, key, numeric } = identify(tokens.shift(), dialect);
  const comparator = takeComparator(tokens);
  if (!allowed(entity, numeric).includes(comparator)) {
    throw bad(
      `Invalid comparator '${comparator}' for ${entity} '${key}': not one of ${allowed(entity, numeric).join(', ')}`,
    );
  }
  if (comparator === 'IS NULL' || comparator === 'IS NOT NULL') return { entity, key, comparator };
  if (comparator === 'IN' || comparator === 'NOT IN') {
    return { entity, key, comparator, value: takeList(tokens) };
  }
  return { entity, key, comparator, value: takeValue(tokens, `${entity} '${key}'`, numeric) };
}

function allowed(entity: Entity, numeric: boolean): readonly Comparator[] {
  if (numeric) return NUMERIC;
  return entity === 'attribute' || entity === 'dataset'
    ? [...MATCHING, ...LISTS]
    : [...MATCHING, ...PRESENCE];
}

const DATASET = ['name', 'digest', 'context'];

/** What a name such as ``metrics.`a b` `` or `status` stands for. @throws AppError `invalid` */
export function identify(
  token: Token | undefined,
  { entities, attributes }: Dialect,
): { entity: Entity; key: string; numeric: boolean } {
  if (token?.kind !== 'name' && token?.kind !== 'word') {
    throw bad(
      `Invalid comparison clause: a name is expected where there is '${token?.text ?? ''}'`,
    );
  }
  const path = token.kind === 'name' ? token.path : token.text.split(/\.(.*)/s).slice(0, 2);
  const [prefix, rest] =
    path.length > 1 ? (path as [string, string]) : ['attribute', path[0] ?? ''];
  const entity = own(entities, prefix);
  if (!entity) {
    throw bad(`Invalid entity type '${prefix}': one of ${Object.keys(entities).join(', ')}`);
  }
  if (entity === 'dataset' && !DATASET.includes(rest)) {
    throw bad(`Invalid dataset key '${rest}' specified. Valid keys are ${DATASET.join(', ')}`);
  }
  if (entity !== 'attribute') return { entity, key: rest, numeric: entity === 'metric' };
  const found = own(attributes, rest);
  if (found) return { entity, key: found[0], numeric: found[1] === 'number' };
  const known = Object.keys(attributes).join(', ');
  throw bad(`Invalid attribute key '${rest}' specified. Valid keys are ${known}`);
}

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

function takeComparator(tokens: Token[]): Comparator {
  const first = tokens.shift();
  const word = first?.text.toUpperCase() ?? '';
  if (first?.kind === 'operator') return word as Comparator;
  if (first?.kind === 'word') {
    if (word === 'LIKE' || word === 'ILIKE' || word === 'IN') return word;
    const next = () => tokens.shift()?.text.toUpperCase();
    if (word === 'NOT' && next() === 'IN') return 'NOT IN';
    if (word === 'IS') {
      const second = next();
      if (second === 'NULL') return 'IS NULL';
      if (second === 'NOT' && next() === 'NULL') return 'IS NOT NULL';
    }
  }
  throw bad(`Invalid comparison clause: a comparator is expected where there is '${word}'`);
}

function takeValue(tokens: Token[], of: string, numeric: boolean): string | number {
  const token = tokens.shift();
  if (numeric) {
    if (token?.kind === 'number') return Number(token.text);
    throw bad(`Expected numeric value type for ${of}. Found ${token?.text ?? 'nothing'}`);
  }
  const text = token && textOf(token);
  if (text !== undefined) return text;
  throw bad(
    `Expected a quoted string value for ${of} (e.g. 'my-value'). Got value ${token?.text ?? ''}`,
  );
}

/** Double quotes hold a value where a value is expected. */
const textOf = (token: Token): string | undefined => {
  if (token.kind === 'text') return token.value;
  return token.kind === 'name' && token.path.length === 1 && /^["]/.test(token.text)
    ? token.path[0]
    : undefined;
};

function takeList(tokens: Token[]): string[] {
  const list: string[] = [];
  if (tokens.shift()?.text !== '(') throw bad('While parsing a list in the query, expected (…)');
  for (;;) {
    const token = tokens.shift();
    const text = token && textOf(token);
    if (text === undefined) {
      throw bad('While parsing a list in the query, expected a non-empty list of string values');
    }
    list.push(text);
    const after = tokens.shift()?.text;
    if (after === ')') return list;
    if (after !== ',') throw bad('While parsing a list in the query, expected , or )');
  }
}

const bad = (message: string): AppError => new AppError('invalid', message);
