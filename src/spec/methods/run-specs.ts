/** What a table of methods makes of runs: the schemas of what is posted and of what is stored, and the way from one to the other. */
import { z } from 'zod';
import { anyOf } from '../availability.js';
import type { SpecProblem } from '../problem.js';
import type { BuiltMethod, Method, PlannedMethod } from './method.js';

type BuiltOf<Row extends Method> = Extract<Row, BuiltMethod>;
type PlannedInput<Row extends Method> = { method: Extract<Row, PlannedMethod>['name']; [field: string]: unknown };

export interface RunSpecs<Row extends Method> {
  readonly input: z.ZodType<z.infer<BuiltOf<Row>['input']> | PlannedInput<Row>>;
  readonly resolved: z.ZodType<z.infer<BuiltOf<Row>['resolved']>>;
  /**
   * The row of that name, which takes specs of its method alone.
   * @throws {RangeError} for a method that is not in the table or not built
   */
  builtMethod(name: string): BuiltMethod;
  /** Why nothing can be made of a posted body: its method is not built, or given fields would be ignored. */
  inputProblems(input: { readonly method: string }): SpecProblem[];
}

/** Reads the table. The schemas take what any row takes, and tell them apart by `method`. */
export function runSpecsOf<const Row extends Method>(rows: readonly Row[]): RunSpecs<Row> {
  const built = rows.filter((row): row is BuiltOf<Row> => row.built);
  const planned = rows.filter((row) => !row.built).map(({ name }) => name);
  const names = built.map(({ name }) => name);
  const refused = z
    .looseObject({ method: z.enum(planned) })
    .meta({ id: 'PlannedRunSpec' })
    .describe(`Not built yet: refused with a 422. Use ${anyOf(names)}.`);
  const rowOf = new Map(built.map((row) => [row.name, row]));
  const builtMethod = (name: string) => {
    const row = rowOf.get(name);
    if (!row) throw new RangeError(`method ${name} is not built`);
    return row;
  };
  return {
    input: union([...built.map(({ input }) => input), refused]) as unknown as RunSpecs<Row>['input'],
    resolved: union(built.map(({ resolved }) => resolved)) as unknown as RunSpecs<Row>['resolved'],
    builtMethod,
    inputProblems(input) {
      const row = rowOf.get(input.method);
      if (row) return row.ignored(input);
      return [{ path: 'method', message: `method ${input.method} is not built yet; use ${anyOf(names)}` }];
    },
  };
}

/** Each row's schema is an object whose `method` is its name, which the types of the table do not say. */
const union = (schemas: readonly z.ZodType[]) =>
  z.discriminatedUnion('method', schemas as unknown as [z.ZodObject, ...z.ZodObject[]]);
