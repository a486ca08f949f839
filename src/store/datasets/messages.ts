/** Chat messages of an uploaded row, as OpenAI writes them (`role`, `content`) or as ShareGPT does (`from`, `value`). */
import type { Message } from '../../protocol/messages.js';
import { isObject } from './fields.js';
import { RowError } from './source-row.js';
import { inTurn, legacyCall, shareGptCalls, toolCalls, type Turn } from './tool-calls.js';

/** What writers call the roles. */
const ROLES: Readonly<Record<string, Message['role'] | 'call'>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  tool: 'tool',
  function: 'tool',
  observation: 'tool',
  function_call: 'call',
};

/** Says which call a result answers, or is the name of the tool: both are known from the order. */
const OF_RESULTS = ['tool_call_id', 'name'];

/** @throws {RowError} naming the message and the field at fault */
export function messagesOf(name: string, value: unknown): Message[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new RowError(`${name}: must be a list of messages, and not empty`);
  return inTurn(value.map((message, i) => turnOf(`${name}[${i}]`, message)));
}

function turnOf(path: string, value: unknown): Turn {
  if (!isObject(value)) throw new RowError(`${path}: must be an object with role and content`);
  const [roleName, contentName] = 'from' in value && !('role' in value) ? ['from', 'value'] : ['role', 'content'];
  const { [roleName]: given, [contentName]: content, ...others } = value;
  const role = typeof given === 'string' && Object.hasOwn(ROLES, given) ? ROLES[given] : undefined;
  if (role === undefined) throw new RowError(`${path}.${roleName}: must be one of ${Object.keys(ROLES).join(', ')}`);
  if (role === 'call') {
    refuseOthers(path, others, []);
    const calls = shareGptCalls(`${path}.${contentName}`, content);
    return { path, message: { role: 'assistant', content: '' }, calls, answers: null };
  }
  if (role === 'tool') {
    refuseOthers(path, others, OF_RESULTS);
    const text = textOf(`${path}.${contentName}`, content);
    return { path, message: { role, content: text }, calls: [], answers: others['tool_call_id'] };
  }
  if (role !== 'assistant') {
    refuseOthers(path, others, []);
    return { path, message: { role, content: textOf(`${path}.${contentName}`, content) }, calls: [], answers: null };
  }
  const { tool_calls, function_call, reasoning_content, weight, ...rest } = others;
  refuseOthers(path, rest, []);
  const calls = [
    ...(saysNothing(tool_calls) ? [] : toolCalls(`${path}.tool_calls`, tool_calls)),
    ...(saysNothing(function_call) ? [] : [legacyCall(`${path}.function_call`, function_call)]),
  ];
  const thought = saysNothing(reasoning_content) ? '' : thoughtOf(`${path}.reasoning_content`, reasoning_content);
  // OpenAI leaves the content of a message null where it is all calls.
  const absent = (content === null || content === undefined) && (calls.length > 0 || thought !== '');
  const said = absent ? '' : textOf(`${path}.${contentName}`, content);
  if (thought !== '' && said.includes('<think>')) {
    throw new RowError(`${path}.reasoning_content: ${contentName} has a <think> of its own: leave one of the two`);
  }
  const message: Message = { role, content: [thought, said].filter((text) => text !== '').join('\n') };
  if (!isLearnt(`${path}.weight`, weight)) message.weight = 0;
  return { path, message, calls, answers: null };
}

/** A text, or the parts of one. */
function textOf(path: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) throw new RowError(`${path}: must be a string, or a list of text parts`);
  return value.map((part, i) => partOf(`${path}[${i}]`, part)).join('');
}

function partOf(path: string, part: unknown): string {
  if (typeof part === 'string') return part;
  if (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string') return part['text'];
  const type = isObject(part) ? part['type'] : undefined;
  const is = typeof type === 'string' && type !== 'text' ? `is ${type}, and ` : '';
  throw new RowError(`${path}: ${is}must be {"type": "text", "text": "…"}: models here read text only`);
}

function thoughtOf(path: string, value: unknown): string {
  if (typeof value !== 'string') throw new RowError(`${path}: must be a string`);
  return `<think>${value}</think>`;
}

function isLearnt(path: string, weight: unknown): boolean {
  if (weight === undefined || weight === null || weight === 1) return true;
  if (weight === 0) return false;
  throw new RowError(`${path}: must be 1, or 0 for a message that is not learnt`);
}

/** Such as `tool_calls: []`, which many writers add to every message. */
function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function refuseOthers(path: string, others: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const unknown = Object.keys(others).find((key) => !known.includes(key) && !saysNothing(others[key]));
  if (unknown === undefined) return;
  throw new RowError(
    `${path}.${unknown}: not supported here; leave it out, or move it beside the messages, where it is kept as metadata`,
  );
}
