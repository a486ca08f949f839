/** Query fields that several lists take. */
import { z } from 'zod';
import { Metadata } from '../spec/run-spec.js';
import { MAX_INT } from './common.schema.js';

/** `?names=a,b`, or `?names=a&names=b`. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.preprocess(separated, z.array(item).min(1).max(200)).optional();
}

/** The query parser makes an object of a list that is long. */
function separated(given: unknown): unknown {
  if (typeof given === 'string') return given.split(',');
  return typeof given === 'object' && given !== null ? Object.values(given) : given;
}

/** Any of these values. */
export function anyOf<T extends readonly [string, ...string[]]>(values: T) {
  return listOf(z.enum(values)).describe('Any of these; several separated by commas.');
}

/** The number of a step, as a filter. */
export const stepFilter = z.coerce.number().int().min(0).max(MAX_INT).optional();

export const metadataFilter = Metadata.optional().describe('Only objects with these pairs: `metadata[team]=search`.');
