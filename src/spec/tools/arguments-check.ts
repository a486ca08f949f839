/** Whether what a model gives a function is what its JSON Schema asks for. */
import { Ajv2020 } from 'ajv/dist/2020.js';

/** What is wrong with the arguments, worded for the model; null: nothing. */
export type ArgumentsCheck = (given: unknown) => string | null;

/**
 * Patterns and formats are left to whoever is called: a regular expression of somebody else's may take any time.
 * @param schema JSON Schema of an object, in draft 2020-12 or one that it understands
 * @throws {Error} saying why it is none
 */
export function argumentsCheck(parameters: Readonly<Record<string, unknown>>): ArgumentsCheck {
  const { $schema: _, ...schema } = parameters;
  if (schema['type'] !== 'object') throw new Error('must have "type": "object"');
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, logger: false });
  for (const keyword of ['pattern', 'patternProperties']) ajv.removeKeyword(keyword);
  const validate = ajv.compile(schema);
  return (given) => (validate(given) ? null : ajv.errorsText(validate.errors, { dataVar: 'arguments' }));
}
