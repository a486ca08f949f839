/** Values that go into jsonb and text columns, without the characters that PostgreSQL cannot hold. A model may write anything. */
import { storableText } from './storable-text.js';

/** A copy in which every string is storable, names of fields included. */
export function storableJson<T>(value: T): T {
  if (typeof value === 'string') return storableText(value) as T;
  if (Array.isArray(value)) return value.map(storableJson) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [storableText(name), storableJson(one)])) as T;
}
