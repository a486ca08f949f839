/**
 * Tool calls beside an assistant's text, as OpenAI and ShareGPT write them, into the grammar in which an agent of Bough calls: one call at a
 * time, `<name>text</name>`, followed by its result.
 */
import type { Message } from '../../protocol/messages.js';
import { isStorable } from '../storable-text.js';
import { isObject } from './fields.js';
import { RowError } from './source-row.js';

/** Names that can be a tag. */
const NAME = /^[A-Za-z_][\w-]*$/;

interface ToolCall {
  readonly id: unknown;
  /** In the run's grammar. */
  readonly text: string;
}

/** A message with its calls beside it. */
export interface Turn {
  readonly path: string;
  readonly message: Message;
  readonly calls: readonly ToolCall[];
  /** Of the call that a tool's message answers, where it says so. */
  readonly answers: unknown;
}

/** OpenAI's `tool_calls`. @throws {RowError} naming the field at fault */
export function toolCalls(path: string, value: unknown): ToolCall[] {
  if (!Array.isArray(value)) throw new RowError(`${path}: must be a list of calls`);
  return value.map((call: unknown, i) => {
    if (!isObject(call) || !isObject(call['function'])) {
      throw new RowError(`${path}[${i}]: must be {"type": "function", "function": {"name", "arguments"}}`);
    }
    return { id: call['id'], text: callText(`${path}[${i}].function`, call['function']) };
  });
}

/** OpenAI's older `function_call`. @throws {RowError} naming the field at fault */
export function legacyCall(path: string, value: unknown): ToolCall {
  if (!isObject(value)) throw new RowError(`${path}: must be {"name", "arguments"}`);
  return { id: null, text: callText(path, value) };
}

/** ShareGPT's message from `function_call`: JSON of a call, or of a list of them. @throws {RowError} naming the field at fault */
export function shareGptCalls(path: string, value: unknown): ToolCall[] {
  const given = typeof value === 'string' ? parsed(value) : value;
  const calls = Array.isArray(given) ? given : [given];
  if (!calls.every(isObject) || calls.length === 0) {
    throw new RowError(`${path}: must be the JSON of a call: {"name": "search", "arguments": {"query": "…"}}`);
  }
  return calls.map((call) => legacyCall(path, call));
}

function callText(path: string, call: Readonly<Record<string, unknown>>): string {
  const { name } = call;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new RowError(`${path}.name: must be a name of letters, digits, _ and -, such as search`);
  }
  const text = inputOf(`${path}.arguments`, call['arguments'] ?? call['parameters']);
  if (text.includes(`</${name}>`)) {
    throw new RowError(`${path}.arguments: must not contain </${name}>, which ends the call`);
  }
  return `<${name}>${text}</${name}>`;
}

/** What stands between a call's tags: the text of the only argument where it is one, else all of them as JSON. */
function inputOf(path: string, value: unknown): string {
  const given = typeof value === 'string' ? parsed(value) : value;
  if (!isObject(given) && typeof given !== 'string') {
    throw new RowError(`${path}: must be an object of arguments, such as {"query": "…"}`);
  }
  const [only, ...others] = isObject(given) ? Object.values(given) : [given];
  const text = typeof only === 'string' && others.length === 0 ? only : JSON.stringify(given);
  if (!isStorable(text)) throw new RowError(`${path}: contains U+0000 or half of a surrogate pair`);
  return text;
}

/** What the text is as JSON; itself, where it is none, as code is that someone sent as it stands. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * The messages with each call followed by its result. Calls that were made together, with their results after all of them, are taken apart:
 * a run stops at the end of a call and goes on after its result.
 * @throws {RowError} where calls that were made together lack results, or the other way round
 */
export function inTurn(turns: readonly Turn[]): Message[] {
  const messages: Message[] = [];
  let taken = 0;
  for (const [at, { path, message, calls }] of turns.entries()) {
    if (at < taken) continue;
    const said = message.content === '' ? '' : `${message.content}\n`;
    const [call] = calls;
    if (!call) {
      messages.push(message);
    } else if (calls.length === 1) {
      messages.push({ ...message, content: said + call.text });
    } else {
      taken = at + 1 + calls.length;
      const results = turns.slice(at + 1, taken);
      if (results.length < calls.length || results.some((result) => result.message.role !== 'tool')) {
        throw new RowError(`${path}: makes ${calls.length} calls, so ${calls.length} results of tools must follow it`);
      }
      messages.push(...oneByOne(message, said, calls, results));
    }
  }
  return messages;
}

/** Each call before the result that names it, or the one at its place where none does. */
function oneByOne(message: Message, said: string, calls: readonly ToolCall[], results: readonly Turn[]): Message[] {
  const named = calls.every(
    ({ id }) => id !== undefined && results.filter(({ answers }) => answers === id).length === 1,
  );
  const inOrder = named ? calls.flatMap(({ id }) => results.filter(({ answers }) => answers === id)) : results;
  return inOrder.flatMap((result, i) => [
    { ...message, content: (i === 0 ? said : '') + (calls[i]?.text ?? '') },
    result.message,
  ]);
}
