/**
 * What the contract names and this version may not have yet. Each closed set of choices is a table whose rows say whether they are built; a choice
 * that is not built is refused with the path and the choices that are, and never accepted and ignored.
 */
import type { SpecProblem } from './problem.js';

export interface Availability {
  readonly built: boolean;
}

/** "a, b or c". */
export function anyOf(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/**
 * The problem with a choice that is not built; none where it is.
 * @param subject what the message is about, verb included: `cuda is`
 */
export function notBuilt<Name extends string>(
  table: { readonly [N in Name]: Availability },
  name: Name,
  path: string,
  subject: string,
): SpecProblem[] {
  if (table[name].built) return [];
  const built = (Object.keys(table) as Name[]).filter((other) => table[other].built);
  return [{ path, message: `${subject} not built yet; use ${anyOf(built)}` }];
}
