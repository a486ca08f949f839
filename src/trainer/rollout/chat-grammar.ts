/**
 * Calls as a model's own chat format has them, found when the model has ended its turn: JSON objects between delimiters (Hermes and Qwen: `<tool_call>` and
 * `</tool_call>`; others as a spec names them), or a turn that is one JSON object (Llama 3.1, with or without `<|python_tag|>` before it; other text behind that tag is a program). A call that
 * is no such object is still a call: the model is told what is wrong with it.
 */
import { PYTHON_TAG, type CallFormat } from '../model/call-format.js';
import type { ToolCall, ToolGrammar } from './tool-grammar.js';

export class ChatGrammar implements ToolGrammar {
  constructor(private readonly format: CallFormat) {}

  completed(): null {
    return null;
  }

  ended(text: string): ToolCall[] {
    if (this.format.kind === 'llama3') return wholeTurn(text);
    return delimited(text, this.format.opens.trim(), this.format.closes.trim());
  }
}

/** An opening delimiter that is not closed opens a call up to the end: models leave the closing one out. */
function delimited(text: string, opens: string, closes: string): ToolCall[] {
  const calls: ToolCall[] = [];
  for (let start = text.indexOf(opens); start !== -1;) {
    const from = start + opens.length;
    const closesAt = text.indexOf(closes, from);
    const to = closesAt === -1 ? text.length : closesAt;
    const end = closesAt === -1 ? text.length : closesAt + closes.length;
    calls.push({ ...read(text.slice(from, to)), span: { start, end } });
    start = text.indexOf(opens, end);
  }
  return calls;
}

function wholeTurn(text: string): ToolCall[] {
  const tag = text.indexOf(PYTHON_TAG);
  const start = tag === -1 ? text.length - text.trimStart().length : tag;
  const body = tag === -1 ? text.trim() : text.slice(tag + PYTHON_TAG.length).trim();
  const span = { start, end: text.length };
  const isObject = body.startsWith('{');
  if (tag !== -1 && !isObject) return [{ tool: 'python', input: body, format: 'text', span }];
  const call = read(body);
  // An answer may be JSON too: only an object that names a tool is a call.
  return isObject && (tag !== -1 || call.tool !== '') ? [{ ...call, span }] : [];
}

/** `{"name": …, "arguments": {…}}`; Llama says `parameters`. Arguments may be an object or the JSON of one. */
function read(body: string): Omit<ToolCall, 'span'> {
  const nameless = { tool: '', input: body.trim(), format: 'json' as const };
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return nameless;
  }
  if (typeof value !== 'object' || value === null) return nameless;
  const { name, arguments: given, parameters } = value as Record<string, unknown>;
  if (typeof name !== 'string' || name === '') return nameless;
  const input = given ?? parameters ?? {};
  return { tool: name, input: typeof input === 'string' ? input : JSON.stringify(input), format: 'json' };
}
