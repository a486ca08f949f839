/**
 * Gives each choice of a named union a name of its own in the OpenAPI document: generators of clients name what has none by its place, and drop what they
 * have named twice.
 */
import type { OpenAPIObject } from '@nestjs/swagger';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Exclude<Schemas[string], { $ref: string }>;

/** `ToolSpec` with the types `python` and `search` becomes a choice of `ToolSpecPython` and `ToolSpecSearch`. */
export function withNamedVariants(document: OpenAPIObject): OpenAPIObject {
  const schemas: Schemas = document.components?.schemas ?? {};
  for (const [name, schema] of Object.entries(schemas)) {
    if ('$ref' in schema) continue;
    for (const choices of [schema.oneOf ?? [], schema.anyOf ?? []]) {
      for (const [at, choice] of choices.entries()) {
        const variant = '$ref' in choice ? null : variantOf(choice);
        if (variant === null) continue;
        const own = name + pascalCase(variant);
        if (own in schemas)
          throw new Error(`${own} is a schema already: name the choice ${at + 1} of ${name} otherwise`);
        schemas[own] = choice;
        choices[at] = { $ref: `#/components/schemas/${own}` };
      }
    }
  }
  return document;
}

/** What tells an object apart from the others: the only value of one of its fields, or else the first field that it must have. */
function variantOf({ type, properties = {}, required = [] }: Schema): string | null {
  if (type !== 'object') return null;
  const fixed = Object.values(properties).flatMap((property) =>
    'enum' in property && property.enum?.length === 1 ? [String(property.enum[0])] : [],
  );
  return fixed[0] ?? required[0] ?? null;
}

function pascalCase(text: string): string {
  return text.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, first: string) => first.toUpperCase());
}
