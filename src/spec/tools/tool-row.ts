/** What the contract says of one type of tool: a row of the table in `index.ts`. How it works is in `src/tools`. */
import type { z } from 'zod';
import type { TypedRow } from '../typed-row.js';

export interface ToolRow<Input extends z.ZodType = z.ZodType, Resolved extends z.ZodType = z.ZodType> extends TypedRow<
  Input,
  Resolved
> {
  /** By which the model calls it; null: its server says. */
  nameOf(tool: z.infer<Input>): string | null;
}

/** Checks a row's parts against each other. */
export function toolRow<Input extends z.ZodType, Resolved extends z.ZodType>(
  row: ToolRow<Input, Resolved>,
): ToolRow<Input, Resolved> {
  return row;
}
