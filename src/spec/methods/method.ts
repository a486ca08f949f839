/** What a method is to the contract: a row of the table in `index.ts`. How it trains is in `src/trainer`. */
import type { z } from 'zod';
import type { DatasetKind } from '../enums.js';
import type { SpecProblem } from '../problem.js';
import type { Extent } from '../run/context.js';

/** A method that runs can be made of. */
export interface Method<Name extends string = string, Input = unknown, Spec = unknown> {
  /** As `method` says it. */
  readonly name: Name;
  /** Its usual name, and what that is short for. */
  readonly title: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Number of its paper at arXiv; null: there is no one paper. */
  readonly arxiv: string | null;
  /** `policy` samples trajectories and learns from their rewards; `supervised` learns from what is given. */
  readonly family: 'policy' | 'supervised';
  /** What its dataset has to be. */
  readonly datasetKind: DatasetKind;
  readonly input: z.ZodType<Input>;
  readonly resolved: z.ZodType<Spec>;
  /** Problems that can be told from the posted body alone: given fields that the method would ignore. */
  ignored(input: Input): SpecProblem[];
  /** Fills in every default, so that what is stored says all that is used. */
  resolve(input: Input): Spec;
  /** What keeps the resolved spec from running: contradictions, and choices that are not built. */
  problems(spec: Spec): SpecProblem[];
  /** What must fit into the model's context. */
  extent(spec: Spec): Extent;
  /** What is not refused but hardly meant: given fields that have no effect, and choices by which nothing is learnt. */
  warnings(input: Input): string[];
}

/** The name of a method's schemas in the OpenAPI document begins with this: `reinforce++` is `ReinforcePlusPlus`. */
export function schemaName(method: string): string {
  const words = method.replaceAll('+', '_plus').split('_');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

export const arxivUrl = (paper: string): string => `https://arxiv.org/abs/${paper}`;
