/** What a table of methods makes of runs: the schemas of what is posted and of what is stored, and the way from one to the other. */
import { z } from 'zod';
import { anyOf } from '../availability.js';
import type { Method } from './method.js';

export interface RunSpecs<Row extends Method> {
  readonly input: z.ZodType<z.infer<Row['input']>>;
  readonly resolved: z.ZodType<z.infer<Row['resolved']>>;
  /**
   * The row of that name, which takes specs of its method alone.
   * @throws {RangeError} for a method that is not in the table
   */
  methodNamed(name: string): Method;
}

/** Reads the table. The schemas take what any row takes, and tell them apart by `method`. */
export function runSpecsOf<const Row extends Method>(rows: readonly Row[]): RunSpecs<Row> {
  const rowOf = new Map<string, Row>(rows.map((row) => [row.name, row]));
  return {
    input: union(rows.map(({ input }) => input)) as unknown as RunSpecs<Row>['input'],
    resolved: union(rows.map(({ resolved }) => resolved)) as unknown as RunSpecs<Row>['resolved'],
    methodNamed(name) {
      const row = rowOf.get(name);
      if (!row) throw new RangeError(`there is no method ${name}: use ${anyOf([...rowOf.keys()])}`);
      return row;
    },
  };
}

/** Each row's schema is an object whose `method` is its name, which the types of the table do not say. */
const union = (schemas: readonly z.ZodType[]) =>
  z.discriminatedUnion('method', schemas as unknown as [z.ZodObject, ...z.ZodObject[]]);
