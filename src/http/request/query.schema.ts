/** Query fields that several lists take. */
import { z } from 'zod';
import { MAX_INT } from '../answer/common.schema.js';

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

/** In a query everything is text. Only plain digits are a whole number: not the empty text, `0x10` or a list of one number. */
export function wholeNumber(min: number, max: number) {
  return z.preprocess(
    (given) => (typeof given === 'string' && /^-?\d{1,15}$/.test(given) ? Number(given) : given),
    z.int(`must be a whole number from ${min} to ${max}`).min(min).max(max),
  );
}

/** As `wholeNumber`, for any finite decimal number. */
export const decimalNumber = z.preprocess(
  (given) => (typeof given === 'string' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(given) ? Number(given) : given),
  z.number('must be a number'),
);

/** The number of a step, as a filter. */
export const stepFilter = wholeNumber(0, MAX_INT).optional();

/** Metadata with keys that a query can name: it reads brackets as nesting, and a number in them as the index of a list. */
export const metadataFilter = z
  // oxlint-disable-next-line no-control-regex -- no text that is stored has it
  .record(z.string().regex(/^(?!\d+$)[^[\]\u0000]{1,64}$/), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'at most 16 pairs')
  .meta({ maxProperties: 16 })
  .optional()
  .describe(
    'Only objects with these pairs: `metadata[team]=search`. Keys with brackets or only of digits cannot be asked for.',
  );
