/** What the contract says of one type of tool: a row of the table in `index.ts`. How it works is in `src/tools`. */
import type { z } from 'zod';
import type { Availability } from '../availability.js';
import type { SpecProblem } from '../problem.js';

export interface ToolRow<
  Input extends z.ZodType = z.ZodType,
  Resolved extends z.ZodType = z.ZodType,
> extends Availability {
  readonly input: Input;
  /** With every default filled in. */
  readonly resolved: Resolved;
  /** By which the model calls it; null: its server says. */
  nameOf(tool: z.infer<Input>): string | null;
  resolve(tool: z.infer<Input>): z.infer<Resolved>;
  /** What keeps the tool from being used, beside that it may not be built. */
  problems(tool: z.infer<Input>, path: string): SpecProblem[];
}

/** Checks a row's parts against each other. */
export function toolRow<Input extends z.ZodType, Resolved extends z.ZodType, const Built extends boolean>(
  row: ToolRow<Input, Resolved> & { readonly built: Built },
): ToolRow<Input, Resolved> & { readonly built: Built } {
  return row;
}
