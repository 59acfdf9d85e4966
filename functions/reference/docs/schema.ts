import { escapeHtml as e } from '#shared/escape-html.ts';

export type Schema = Record<string, unknown>;

const anchor = (reference: string): string => reference.split('/').at(-1) as string;

/** A schema in a few words, with links to those that have a name. */
export function typeOf(schema: Schema): string {
  const { $ref, type, items, anyOf, oneOf, additionalProperties } = schema;
  if (typeof $ref === 'string')
    return `<a href="#schema-${e(anchor($ref))}">${e(anchor($ref))}</a>`;
  if ('const' in schema) return e(JSON.stringify(schema.const));
  if (Array.isArray(schema.enum)) return schema.enum.map((v) => e(JSON.stringify(v))).join(' | ');
  const choices = (anyOf ?? oneOf) as Schema[] | undefined;
  if (choices) return choices.map(choiceOf).join(' or ');
  if (type === 'array') return `list of ${typeOf((items ?? {}) as Schema)}`;
  if (type === 'object' && typeof additionalProperties === 'object') {
    return `map to ${typeOf(additionalProperties as Schema)}`;
  }
  const kind = Array.isArray(type) ? type.join(' or ') : (type ?? 'anything');
  return e(`${kind}${boundsOf(schema)}`);
}

/** One of several: an object without a name is known by its fields. */
function choiceOf(schema: Schema): string {
  const fields = Object.keys((schema.properties ?? {}) as object);
  return fields.length > 0 ? e(`{ ${fields.join(', ')} }`) : typeOf(schema);
}

function boundsOf({ minimum, maximum, minLength, maxLength, format, ...rest }: Schema): string {
  const [low, high] = [minimum ?? minLength, maximum ?? maxLength];
  const inWords = 'default' in rest ? `, default ${JSON.stringify(rest.default)}` : '';
  const range = low !== undefined || high !== undefined ? ` ${low ?? ''}…${high ?? ''}` : '';
  return `${format ? ` (${format})` : ''}${range}${inWords}`;
}

const MAX_DEPTH = 3;

/** The fields of an object, those of objects without a name below it; empty for anything else. */
export function fieldRows(schema: Schema, prefix = '', depth = 0): string {
  const fields = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const required = (schema.required ?? []) as string[];
  return fields
    .map(([name, field]) => {
      const list = field.type === 'array' ? (field.items as Schema | undefined) : undefined;
      const path = `${prefix}${name}${list ? '[]' : ''}`;
      const mark = required.includes(name) ? ' <span class="required">required</span>' : '';
      const row = `<tr><td><code>${e(path)}</code>${mark}</td><td>${typeOf(field)}</td><td>${inline(field.description)}</td></tr>`;
      const inner = list ?? field;
      return depth < MAX_DEPTH ? row + fieldRows(inner, `${path}.`, depth + 1) : row;
    })
    .join('');
}

export const fieldTable = (rows: string): string =>
  rows &&
  `<div class="scroll" tabindex="0" role="region" aria-label="Fields"><table><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`;

/** Text with `code` in it. */
export const inline = (text: unknown): string =>
  e(String(text ?? '')).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
