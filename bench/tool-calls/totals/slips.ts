/**
 * The mistakes of demonstrations of totals, and how often. They come late: after one, two or three of the searches, or before the calculation, so that a
 * trajectory and the forks from its results differ in what they earn. Queries are hardly ever loose.
 */
import type { NoteSlips } from '../../../examples/quickstart/task/notes.js';
import type { Random } from '../../../examples/support/random.js';

/** Probabilities. */
export const totalSlipRates = {
  /** Answers `unknown` at once, without a tool. */
  gives_up: 0.03,
  /** Stops before all four areas are there, after one, two or three searches, each as likely. */
  stops_early: 0.3,
  /** Stops after the fourth area, without python. */
  skips_python: 0.5,
  /** Per search: the query is the country's name alone. */
  bare_query: 0.03,
  /** Leaves out `\boxed{}`. */
  unboxed: 0.05,
} as const;

export interface TotalSlips extends NoteSlips {
  /** Of four: fewer are made when the demonstrator stops early. */
  readonly searches: number;
  readonly skipsPython: boolean;
}

export const carefulTotal: TotalSlips = {
  givesUp: false,
  searches: 4,
  skipsPython: false,
  bareQueries: [],
  unboxed: false,
};

export function drawTotalSlips(random: Random): TotalSlips {
  return {
    givesUp: random.chance(totalSlipRates.gives_up),
    searches: random.chance(totalSlipRates.stops_early) ? random.integer(1, 3) : 4,
    skipsPython: random.chance(totalSlipRates.skips_python),
    bareQueries: Array.from({ length: 4 }, () => random.chance(totalSlipRates.bare_query)),
    unboxed: random.chance(totalSlipRates.unboxed),
  };
}
