import { AppError } from '../errors.ts';
import { type Dialect, type Entity, identify } from './filter.ts';
import { tokenise } from './tokens.ts';

/** A column that a list is sorted by. */
export interface Ordering {
  readonly entity: Entity;
  readonly key: string;
  readonly ascending: boolean;
}

/** `metrics.loss DESC`: a name, then perhaps a direction. @throws AppError `invalid` */
export function parseOrder(text: string, dialect: Dialect): Ordering {
  const [name, direction, ...more] = tokenise(text);
  const word = direction?.text.toLowerCase() ?? 'asc';
  if (more.length > 0 || (word !== 'asc' && word !== 'desc')) {
    throw new AppError('invalid', `Invalid order_by clause '${text}'. Could not be parsed.`);
  }
  const { entity, key } = identify(name, dialect);
  return { entity, key, ascending: word === 'asc' };
}
