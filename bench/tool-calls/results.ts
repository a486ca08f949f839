/** What the study has found, as it is written to JSON: one file for each task. Reads and writes no file. */
import type { ArmName } from './arms.js';

/** Where a training is after a number of steps. */
export interface Point {
  step: number;
  /** Made by training so far; evaluations are not counted. */
  tool_calls: number;
  sampled_tokens: number;
  /** Share of right answers to the held-out questions. */
  exact_match: number;
  /** Of the questions' means. */
  standard_error: number;
}

export interface ArmResult {
  run: string;
  commit: string;
  /** Of training and of all its evaluations. */
  seconds: { training: number; evaluation: number };
  tool_calls_linear_equivalent: number;
  /** The first is the cold start. */
  points: Point[];
}

export interface SeedResult {
  seed: number;
  cold_start: { run: string; checkpoint: string; commit: string; seconds: { training: number; evaluation: number } };
  arms: { [Name in ArmName]?: ArmResult };
}

export interface TaskResults {
  task: string;
  machine: { cpu: string; cores: number; memory_gib: number; system: string };
  seeds: SeedResult[];
}

/** What was known with what is new. The arms of a seed stay together only as long as they have one cold start. */
export function merged(known: readonly SeedResult[], found: SeedResult): SeedResult[] {
  const same = known.find(({ seed }) => seed === found.seed);
  const shared = same?.cold_start.checkpoint === found.cold_start.checkpoint ? same.arms : {};
  const others = known.filter(({ seed }) => seed !== found.seed);
  return [...others, { ...found, arms: { ...shared, ...found.arms } }].sort((a, b) => a.seed - b.seed);
}

/** Whether nothing of a seed is left to run, wherever the service that ran it is now: all arms have trained from its one cold start. */
export function isWhole({ arms }: SeedResult, wanted: readonly ArmName[]): boolean {
  return wanted.every((name) => arms[name] !== undefined);
}
