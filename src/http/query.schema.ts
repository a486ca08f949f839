/** Query fields that several lists take. */
import { z } from 'zod';
import { Metadata } from '../spec/run-spec.js';

/** `?status=a,b`, or `?status=a&status=b`: any of them. */
export function anyOf<T extends readonly [string, ...string[]]>(values: T) {
  return z
    .preprocess((given) => (typeof given === 'string' ? given.split(',') : given), z.array(z.enum(values)).min(1))
    .optional()
    .describe('Any of these; several separated by commas.');
}

export const metadataFilter = Metadata.optional().describe('Only objects with these pairs: `metadata[team]=search`.');
