import * as z from 'zod';

type Json = Record<string, unknown>;

/** JSON schemas of zod schemas; those with a name (`.meta({ id })`) once, as components. */
export class Schemas {
  readonly components: Record<string, Json> = {};
  readonly #texts = new Map<string, string>();

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const {
      $schema,
      $defs = {},
      ...root
    } = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => tidy(zodSchema, jsonSchema as Json),
    });
    const definitions = Object.entries($defs) as [string, Json][];
    const names = new Map(
      definitions.map(([name, definition]) => [name, this.#nameOf(name, definition, io)]),
    );
    for (const [name, definition] of definitions) {
      this.components[names.get(name) as string] = withNames(definition, names);
    }
    return withNames(root, names);
  }

  /** The fields of an object schema as parameters of a path or a query. */
  parameters(schema: z.ZodType | undefined, place: 'path' | 'query', examples: Json = {}) {
    if (!schema) return [];
    const { properties = {}, required = [] } = this.of(schema, 'input') as {
      properties?: Record<string, Json>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, { description, ...property }]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description !== undefined && { description }),
      schema: property,
      ...(examples[name] !== undefined && { example: examples[name] }),
    }));
  }

  /** The name of a definition; another one where the same name means another schema already. */
  #nameOf(name: string, definition: Json, io: 'input' | 'output'): string {
    const isNamed = !name.startsWith('__schema');
    // What a recursive schema calls itself differs from one conversion to the next.
    const text = JSON.stringify(definition).replaceAll(`"#/$defs/${name}"`, '"#"');
    const wanted = isNamed
      ? [name, `${name}${io === 'input' ? 'Input' : 'Output'}`]
      : ['Json', 'Json2', 'Json3'];
    const found = wanted.find((n) => (this.#texts.get(n) ?? text) === text);
    if (!found) throw new Error(`two schemas are called ${name}`);
    this.#texts.set(found, text);
    return found;
  }
}

/** Answers may grow fields, so that only strict objects are closed; what says nothing is left out. */
function tidy(schema: z.core.$ZodType, json: Json): void {
  const { def } = schema._zod;
  const isOpen = def.type === 'object' && !(def as z.core.$ZodObjectDef).catchall;
  if (isOpen) delete json.additionalProperties;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (JSON.stringify(json.propertyNames) === '{"type":"string"}') delete json.propertyNames;
}

function withNames<T>(value: T, names: ReadonlyMap<string, string>): T {
  if (Array.isArray(value)) return value.map((inner) => withNames(inner, names)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === '$ref' && typeof inner === 'string' ? component(inner, names) : withNames(inner, names),
  ]);
  return Object.fromEntries(entries);
}

function component(reference: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(reference.replace('#/$defs/', ''));
  if (!name) throw new Error(`${reference}: give the schema a name with .meta({ id })`);
  return `#/components/schemas/${name}`;
}
