/** What of JSON Schema the specs of runs are made of, as the kinds of field that a form has. Pure. */

/** A schema as the OpenAPI document has it; what is not named here is of no concern to a form. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | false;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}
export type Schemas = Readonly<Record<string, Schema>>;

export type Shape =
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | {
      readonly kind: 'number';
      readonly isWhole: boolean;
      readonly min: number | undefined;
      readonly max: number | undefined;
    }
  | { readonly kind: 'switch' }
  | { readonly kind: 'text'; readonly isLong: boolean }
  /** The id of something that there is. */
  | { readonly kind: 'reference'; readonly to: 'dataset' | 'model' }
  | { readonly kind: 'nullable'; readonly inner: Shape }
  | { readonly kind: 'object'; readonly fields: readonly Field[] }
  | { readonly kind: 'list'; readonly item: Shape }
  /** Objects that are told apart by one of their fields. */
  | { readonly kind: 'union'; readonly by: string; readonly members: Readonly<Record<string, readonly Field[]>> }
  /** Anything else is written as JSON. */
  | { readonly kind: 'json' };

export interface Field {
  readonly name: string;
  readonly description: string | undefined;
  readonly isRequired: boolean;
  readonly shape: Shape;
}

/** Longer texts are written in several lines. */
const LONG_TEXT = 1000;

export function shapeOf(schema: Schema, schemas: Schemas): Shape {
  const { type, enum: values, oneOf, anyOf, properties, items, pattern = '' } = resolved(schema, schemas);
  if (values) return { kind: 'choice', values };
  if (oneOf) return unionOf(oneOf, schemas);
  if (Array.isArray(type)) return nullable({ ...schema, type: type.find((one) => one !== 'null') as string }, schemas);
  if (anyOf) {
    const [inner, ...others] = anyOf.filter((one) => one.type !== 'null');
    return inner && others.length === 0 && anyOf.length === 2 ? nullable(inner, schemas) : { kind: 'json' };
  }
  if (type === 'object' && properties) return { kind: 'object', fields: fieldsOf(schema, schemas) };
  if (type === 'array' && items) return { kind: 'list', item: shapeOf(items, schemas) };
  if (type === 'boolean') return { kind: 'switch' };
  if (type === 'number' || type === 'integer') {
    const { minimum: min, maximum: max } = resolved(schema, schemas);
    return { kind: 'number', isWhole: type === 'integer', min, max };
  }
  if (type !== 'string') return { kind: 'json' };
  if (pattern.startsWith('^ds_')) return { kind: 'reference', to: 'dataset' };
  if (pattern.startsWith('^(mdl|ckpt)_')) return { kind: 'reference', to: 'model' };
  return { kind: 'text', isLong: (resolved(schema, schemas).maxLength ?? 0) > LONG_TEXT };
}

/** The fields of an object, in the order of the document. */
export function fieldsOf(schema: Schema, schemas: Schemas): Field[] {
  const { properties = {}, required = [] } = resolved(schema, schemas);
  return Object.entries(properties).map(([name, inner]) => ({
    name,
    description: inner.description ?? resolved(inner, schemas).description,
    isRequired: required.includes(name),
    shape: shapeOf(inner, schemas),
  }));
}

export function resolved(schema: Schema, schemas: Schemas): Schema {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  return name === undefined ? schema : resolved(schemas[name] ?? {}, schemas);
}

function nullable(schema: Schema, schemas: Schemas): Shape {
  return { kind: 'nullable', inner: shapeOf(schema, schemas) };
}

function unionOf(members: readonly Schema[], schemas: Schemas): Shape {
  // A union within a union, as that of all rewards, is one of all their members.
  const flat = members.flatMap((one) => resolved(one, schemas).oneOf ?? [one]);
  const by = Object.entries(resolved(flat[0] ?? {}, schemas).properties ?? {}).find(
    ([, { enum: values }]) => values?.length === 1,
  )?.[0];
  if (by === undefined) return { kind: 'json' };
  const named = flat.flatMap((one) => {
    const value = resolved(one, schemas).properties?.[by]?.enum?.[0];
    return value === undefined ? [] : [[value, fieldsOf(one, schemas).filter(({ name }) => name !== by)] as const];
  });
  return { kind: 'union', by, members: Object.fromEntries(named) };
}
