/**
 * Given fields that have no effect beside the others. Each kind of spec has a table of them, and what is in no table has an effect. A row either refuses the spec, where
 * the field says something that cannot be, or warns of a leftover. What contradicts itself otherwise is a problem of its own, and not here.
 */
import type { SpecProblem } from './problem.js';

export interface WithoutEffect<Spec> {
  /** Paths of fields, as `optimizer.decay_start`. */
  readonly fields: readonly string[];
  /** Whether they have no effect in this spec. */
  readonly when: (spec: Spec) => boolean;
  /** Why, and what to do about it. */
  readonly why: string | ((spec: Spec) => string);
  readonly isRefused?: true;
}

interface Found {
  fields: string[];
  why: string;
  isRefused: boolean;
}

/**
 * The rows that apply, each with those of its fields that were given; a field counts for the first row that has it. What says the same as would be filled in
 * anyway is not given, so that a spec that was answered can be posted again.
 */
function fieldsWithoutEffect<Input, Spec>(
  table: readonly WithoutEffect<Spec>[],
  input: Input,
  resolve: (input: Input) => Spec,
): Found[] {
  const spec = resolve(input);
  const seen = new Set<string>();
  const isGiven = (field: string) => {
    const given = valueAt(input, field);
    return given !== undefined && !isSameJson(given, valueAt(resolve(without(input, field)), field));
  };
  return table.flatMap(({ fields, when, why, isRefused = false }) => {
    if (!when(spec)) return [];
    const given = fields.filter((field) => !seen.has(field) && isGiven(field));
    for (const field of given) seen.add(field);
    return given.length === 0 ? [] : [{ fields: given, why: typeof why === 'string' ? why : why(spec), isRefused }];
  });
}

/** What the table refuses: one problem for each field. */
export function refusedFields<Input, Spec>(
  table: readonly WithoutEffect<Spec>[],
  input: Input,
  resolve: (input: Input) => Spec,
): SpecProblem[] {
  const refused = fieldsWithoutEffect(table, input, resolve).filter(({ isRefused }) => isRefused);
  return refused.flatMap(({ fields, why }) => fields.map((path) => ({ path, message: why })));
}

/** What the table warns of: one sentence for each row. */
export function idleFields<Input, Spec>(
  table: readonly WithoutEffect<Spec>[],
  input: Input,
  resolve: (input: Input) => Spec,
): string[] {
  return fieldsWithoutEffect(table, input, resolve)
    .filter(({ isRefused }) => !isRefused)
    .map(({ fields, why }) => `${fields.join(', ')} ${fields.length === 1 ? 'has' : 'have'} no effect: ${why}`);
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], value);
}

/** A copy in which that field is not given. */
function without<T>(value: T, path: string): T {
  const [name, ...rest] = path.split('.') as [string, ...string[]];
  const inner = (value as Record<string, unknown>)[name];
  return { ...value, [name]: rest.length === 0 ? undefined : without(inner, rest.join('.')) };
}

/** Whether two JSON values are equal, in whatever order their keys stand. */
function isSameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    left.length === right.size && left.every(([key, value]) => right.has(key) && isSameJson(value, right.get(key)))
  );
}
