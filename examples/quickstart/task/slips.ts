/**
 * The mistakes that a demonstrator makes, and how often. Each is a choice (to stop, to skip a tool, to ask loosely) that
 * reinforcement learning can undo. Not what a mistake looks like: the script plays them out.
 */
import type { Random } from '../../support/random.js';

export const operators = ['+', '-', '>'] as const;
export type Operator = (typeof operators)[number];

/** Probabilities. Every demonstration draws each of them on its own; those of other families do not show. */
export const slipRates = {
  /** Answers `unknown` at once, without a tool. */
  gives_up: 0.05,
  /** Chain: stops after the first search. */
  stops_after_hop: 0.65,
  /** Arithmetic: stops after the first area. */
  stops_after_first_area: 0.1,
  /** Arithmetic: stops after the second area, without python. */
  skips_python: 0.55,
  /** Arithmetic: one of the two other operators; thought and code agree. */
  wrong_operator: 0.1,
  /** Per search for a country's fact: the query is its name alone. */
  bare_query: 0.2,
  /** Leaves out `\boxed{}`. */
  unboxed: 0.1,
} as const;

export interface Slips {
  readonly givesUp: boolean;
  readonly stopsAfterHop: boolean;
  readonly stopsAfterFirstArea: boolean;
  readonly skipsPython: boolean;
  /** How many operators further along the list than the right one; 0 is the right one. */
  readonly operatorShift: 0 | 1 | 2;
  /** One per search for a country's fact, in order. */
  readonly bareQueries: readonly [boolean, boolean];
  readonly unboxed: boolean;
}

/** No mistake at all: the script then does what a careful agent does. */
export const careful: Slips = {
  givesUp: false,
  stopsAfterHop: false,
  stopsAfterFirstArea: false,
  skipsPython: false,
  operatorShift: 0,
  bareQueries: [false, false],
  unboxed: false,
};

export function drawSlips(random: Random): Slips {
  return {
    givesUp: random.chance(slipRates.gives_up),
    stopsAfterHop: random.chance(slipRates.stops_after_hop),
    stopsAfterFirstArea: random.chance(slipRates.stops_after_first_area),
    skipsPython: random.chance(slipRates.skips_python),
    operatorShift: random.chance(slipRates.wrong_operator) ? random.pick([1, 2] as const) : 0,
    bareQueries: [random.chance(slipRates.bare_query), random.chance(slipRates.bare_query)],
    unboxed: random.chance(slipRates.unboxed),
  };
}
