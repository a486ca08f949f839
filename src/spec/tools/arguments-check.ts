/** Whether what a model gives a function is what its JSON Schema asks for. */
import { Ajv2020 } from 'ajv/dist/2020.js';

/** What is wrong with the arguments, worded for the model; null: nothing. */
export type ArgumentsCheck = (given: unknown) => string | null;

/** A regular expression in a schema. */
export interface Pattern {
  /** Keywords and names from the schema's root. */
  readonly path: readonly string[];
  readonly source: string;
}

/**
 * Patterns and formats are left to whoever is called: a regular expression of somebody else's may take any time.
 * @param schema JSON Schema of an object, in draft 2020-12 or one that it understands
 * @param onPattern told of each pattern in it
 * @throws {Error} saying why it is none
 */
export function argumentsCheck(
  parameters: Readonly<Record<string, unknown>>,
  onPattern: (pattern: Pattern) => void = () => undefined,
): ArgumentsCheck {
  const { $schema: _, ...schema } = parameters;
  if (schema['type'] !== 'object') throw new Error('must have "type": "object"');
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    validateFormats: false,
    logger: false,
    // Of `patternProperties`, to know which properties are additional ones: any might match.
    code: { regExp: Object.assign(() => ({ test: () => true }), { code: 'any' }) },
  });
  for (const keyword of ['pattern', 'patternProperties']) {
    ajv.removeKeyword(keyword).addKeyword({
      keyword,
      compile: (given: string | object, _schema, { errSchemaPath }) => {
        const sources = typeof given === 'string' ? [given] : Object.keys(given);
        for (const source of sources) onPattern({ path: [...namesIn(errSchemaPath), keyword], source });
        return () => true;
      },
    });
  }
  const validate = ajv.compile(schema);
  return (given) => (validate(given) ? null : ajv.errorsText(validate.errors, { dataVar: 'arguments' }));
}

/** Of a JSON pointer in a fragment: `#/properties/a~1b`. */
function namesIn(pointer: string): string[] {
  const names = pointer.split('/').slice(1);
  return names.map((name) => decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Why a pattern is no regular expression, in JavaScript's words; null: it is one, with its flag `u` or without. */
export function patternProblem(source: string): string | null {
  const [unicode, plain] = [compiled(source, 'u'), compiled(source, '')];
  return unicode instanceof Error && plain instanceof Error ? plain.message : null;
}

function compiled(source: string, flags: string): RegExp | Error {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    return error as Error;
  }
}
