import fc from 'fast-check';
import type * as z from 'zod';

type Def = { type: string; [key: string]: any };
const MAX_LENGTH = 3;

/** Texts that break what does not escape them. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  '</style></svg><b>',
  '&lt;&amp;',
  '---\nowner: mallory',
  '- [x](javascript:alert(1)) `code` | cell | *bold* _u_ # h',
  'a: b #c\n\t"d"\\ \u0000\u2028\u{1f600}\ud800',
  'null',
  '{{constructor}}',
  '',
];

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom(...HOSTILE));
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, -0, 1e-300, -1e300, Number.MAX_VALUE),
);

/** Values that a schema accepts, from the schema itself. */
export function arbitrary(schema: z.ZodType): fc.Arbitrary<any> {
  const def = (schema as any).def as Def;
  const make = MAKERS[def.type];
  if (!make) throw new Error(`no values for schemas of type ${def.type}`);
  return make(def, schema);
}

const MAKERS: Record<string, (def: Def, schema: z.ZodType) => fc.Arbitrary<any>> = {
  string: (_, schema) => strings(schema),
  number: (_, schema) => (isInteger(schema) ? integers(schema) : number),
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
  literal: (def) => fc.constantFrom(...def.values),
  enum: (def) => fc.constantFrom(...Object.values(def.entries)),
  optional: (def) => fc.option(arbitrary(def.innerType), { nil: undefined }),
  nullable: (def) => fc.option(arbitrary(def.innerType), { nil: null }),
  default: (def) => arbitrary(def.innerType),
  array: (def, schema) =>
    fc
      .array(arbitrary(def.element), { maxLength: MAX_LENGTH })
      .filter((list) => schema.safeParse(list).success || list.length > 0),
  tuple: (def) => fc.tuple(...def.items.map(arbitrary)),
  union: (def) => fc.oneof(...def.options.map(arbitrary)),
  record: (def) => fc.dictionary(text, arbitrary(def.valueType), { maxKeys: MAX_LENGTH }),
  lazy: () => fc.jsonValue({ maxDepth: 2 }),
  object: (def, schema) =>
    fc
      .record(
        Object.fromEntries(
          Object.entries(def.shape as Record<string, z.ZodType>).map(([name, part]) => [
            name,
            arbitrary(part),
          ]),
        ),
      )
      .map((found) =>
        Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)),
      )
      .filter((found) => !def.checks?.length || schema.safeParse(found).success),
};

function strings(schema: z.ZodType): fc.Arbitrary<string> {
  const { format } = schema as any;
  if (format === 'datetime') {
    return fc
      .date({ min: new Date(0), max: new Date('2999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  if (format === 'url') return fc.webUrl();
  return text.filter((candidate) => schema.safeParse(candidate).success);
}

const isInteger = (schema: z.ZodType): boolean => (schema as any).format === 'safeint';

const integers = (schema: z.ZodType): fc.Arbitrary<number> =>
  fc
    .oneof(fc.nat(10), fc.maxSafeInteger())
    .filter((candidate) => schema.safeParse(candidate).success);
