/** How a model's own chat format writes tool calls. Not the finding of calls in what a model wrote. */
import type { CallDelimiters } from '../../spec/prompt.js';

/** What stands before and behind a call's JSON, as it is written; white space at the ends may be missing where a call is found. */
export type CallFormat =
  { readonly kind: 'delimited'; readonly opens: string; readonly closes: string } | { readonly kind: 'llama3' };

export const PYTHON_TAG = '<|python_tag|>';

/** The format that a chat template shows to the model; null where it shows none of those known. */
export function callFormatOf(template: string): CallFormat | null {
  if (template.includes('<tool_call>')) return { kind: 'delimited', opens: '<tool_call>\n', closes: '\n</tool_call>' };
  return template.includes(PYTHON_TAG) || template.includes('"parameters": dictionary') ? { kind: 'llama3' } : null;
}

export const delimitedFormat = ({ begin, end }: CallDelimiters): CallFormat => ({
  kind: 'delimited',
  opens: begin,
  closes: end,
});

/** Delimiters that are text of the model, whatever the tokenizer says of them. */
export function delimitersOf(format: CallFormat): string[] {
  return format.kind === 'delimited' ? [format.opens.trim(), format.closes.trim()] : [PYTHON_TAG];
}

/** A call as a model of this format writes it. */
export function writtenCall(format: CallFormat, name: string, given: Readonly<Record<string, unknown>>): string {
  if (format.kind === 'llama3') return `{"name": ${JSON.stringify(name)}, "parameters": ${spaced(given)}}`;
  return `${format.opens}{"name": ${JSON.stringify(name)}, "arguments": ${spaced(given)}}${format.closes}`;
}

/** JSON with a space behind each colon and comma, as Python writes it and these models have read it. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner)}`);
  return `{${fields.join(', ')}}`;
}
