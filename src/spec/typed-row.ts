/** A row of a table whose choices are told apart by `type`, and the schemas of all the rows of such a table. */
import { z } from 'zod';
import type { SpecProblem } from './problem.js';

export interface TypedRow<Input extends z.ZodType, Resolved extends z.ZodType> {
  readonly input: Input;
  /** With every default filled in. */
  readonly resolved: Resolved;
  resolve(given: z.infer<Input>): z.infer<Resolved>;
  /** What keeps the choice from being used. */
  problems(given: z.infer<Input>, path: string): SpecProblem[];
}

interface Schemas {
  readonly input: z.core.$ZodTypeDiscriminable;
  readonly resolved: z.core.$ZodTypeDiscriminable;
}

/** What any of the rows takes, and what any of them makes of it. */
export function schemasOf<Row extends Schemas>(rows: readonly Row[]) {
  return {
    input: z.discriminatedUnion('type', rows.map(({ input }) => input) as [Row['input'], ...Row['input'][]]),
    resolved: z.discriminatedUnion(
      'type',
      rows.map(({ resolved }) => resolved) as [Row['resolved'], ...Row['resolved'][]],
    ),
  };
}
