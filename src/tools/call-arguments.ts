/** What a model wrote into a call, as the arguments of the tool. Checks no schema: a tool knows best what it can do with what it is given. */
import type { ToolDefinition } from './tool.js';

export type CallArguments = { readonly arguments: Record<string, unknown> } | { readonly problem: string };

/** Plain text is the one argument of a tool that takes one text; any other tool takes a JSON object. The problem is worded for the model. */
export function callArguments(input: string, { name, parameters }: ToolDefinition): CallArguments {
  const parameter = textParameter(parameters);
  if (parameter !== null) return { arguments: { [parameter]: input } };
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch (error) {
    return { problem: `${name} takes a JSON object of arguments: ${(error as Error).message}` };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { arguments: value as Record<string, unknown> };
  return {
    problem: `${name} takes a JSON object of arguments, not ${Array.isArray(value) ? 'an array' : String(value)}`,
  };
}

/** The only parameter of a tool, if it is required and a string. */
function textParameter({ properties, required }: ToolDefinition['parameters']): string | null {
  const [entry, ...others] = Object.entries((properties ?? {}) as Record<string, { type?: unknown }>);
  if (!entry || others.length > 0) return null;
  const [parameter, { type }] = entry;
  return type === 'string' && Array.isArray(required) && required.includes(parameter) ? parameter : null;
}
