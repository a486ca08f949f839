/** Lists that name each thing once. */
import { z } from 'zod';

/** @param what each of them is, as the refusal names it */
export const withoutRepeats = <T extends z.ZodEnum>(item: T, what: string) =>
  z
    .array(item)
    .min(1)
    // What is said already; whoever makes lists of the document's schema need not find it out.
    .max(item.options.length)
    .refine((items) => new Set(items).size === items.length, `must name each ${what} once`)
    .meta({ uniqueItems: true });
