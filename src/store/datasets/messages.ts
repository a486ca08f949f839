/** Chat messages of an uploaded row. */
import type { Message } from '../../protocol/messages.js';
import { isObject, RowError } from './fields.js';

const ROLES: readonly string[] = ['system', 'user', 'assistant', 'tool'] satisfies Message['role'][];

/** @throws {RowError} naming the message and the field at fault */
export function messagesOf(name: string, value: unknown): Message[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new RowError(`${name}: must be a list of messages, and not empty`);
  return value.map((message, i) => messageOf(`${name}[${i}]`, message));
}

function messageOf(path: string, value: unknown): Message {
  if (!isObject(value)) throw new RowError(`${path}: must be an object with role and content`);
  const { role, content, ...others } = value;
  if (typeof role !== 'string' || !ROLES.includes(role)) {
    throw new RowError(`${path}.role: must be one of ${ROLES.join(', ')}`);
  }
  if (typeof content !== 'string') throw new RowError(`${path}.content: must be a string`);
  const unknown = Object.keys(others).find((key) => others[key] !== null);
  if (unknown !== undefined) {
    throw new RowError(`${path}.${unknown}: not supported; write tool calls and thoughts into content`);
  }
  return { role: role as Message['role'], content };
}
