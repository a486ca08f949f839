/** What a model wrote into a call, as the arguments of the tool. Checks no schema: a tool knows best what it can do with what it is given. */

interface Callable {
  readonly name: string;
  /** JSON Schema. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type CallArguments = { readonly arguments: Record<string, unknown> } | { readonly problem: string };

/**
 * `json` has to be an object of arguments. `text` is the argument of a tool that takes one text; for a tool of several parameters it is such an object, or
 * else the text of the only one that is required. A problem is worded for the model.
 */
export function callArguments(input: string, format: 'text' | 'json', { name, parameters }: Callable): CallArguments {
  const parameter = format === 'text' ? textParameter(parameters) : null;
  if (parameter?.alone) return { arguments: { [parameter.name]: input } };
  const given = objectIn(input);
  if (given.value) return { arguments: given.value };
  if (parameter) return { arguments: { [parameter.name]: input } };
  return { problem: `${name} takes a JSON object of arguments${given.why}` };
}

function objectIn(input: string): { value: Record<string, unknown>; why?: never } | { value: null; why: string } {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch (error) {
    return { value: null, why: `: ${(error as Error).message}` };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { value: value as Record<string, unknown> };
  return { value: null, why: `, not ${Array.isArray(value) ? 'an array' : String(value)}` };
}

/** The parameter that is required, if it is one and a string, and whether there are no others. */
function textParameter({ properties, required }: Callable['parameters']): { name: string; alone: boolean } | null {
  const declared = (properties ?? {}) as Record<string, { type?: unknown }>;
  const [name, ...others] = Array.isArray(required) ? (required as string[]) : [];
  if (name === undefined || others.length > 0 || declared[name]?.type !== 'string') return null;
  return { name, alone: Object.keys(declared).length === 1 };
}
