/** What rollouts take where others were timed: of more prompts, or of the held-out questions. Pure arithmetic. */
import type { DecodingPace } from './decoding-pace.js';

/** Rollouts of `prompts` prompts with `rows` trajectories in all, of which `mostRows` are written at once. */
export interface Rollouts {
  prompts: number;
  /** Mean. */
  promptTokens: number;
  rows: number;
  mostRows: number;
}

/** Seconds before anything is written. Each prompt is read once, whatever its trajectories. */
function readingSeconds(pace: DecodingPace, { prompts, promptTokens }: Rollouts): number {
  return pace.freezeSeconds + prompts * promptTokens * pace.readSeconds;
}

/** Seconds in which every trajectory gets one more token, if none has ended. */
function tokenSeconds(pace: DecodingPace, { rows, mostRows }: Rollouts): number {
  return pace.stepSeconds(Math.min(rows, mostRows)) * Math.max(1, rows / mostRows);
}

/** What `wanted` takes when `timed` took `seconds`, and responses are as long: reading goes with the prompts, writing with a decode step's time. */
export function scaledSeconds(pace: DecodingPace, timed: Rollouts, seconds: number, wanted: Rollouts): number {
  const writing = Math.max(0, seconds - readingSeconds(pace, timed));
  return readingSeconds(pace, wanted) + (writing * tokenSeconds(pace, wanted)) / tokenSeconds(pace, timed);
}

/** What they take when every response has `tokens` tokens, the most that may be. */
export function longestSeconds(pace: DecodingPace, rollouts: Rollouts, tokens: number): number {
  return readingSeconds(pace, rollouts) + tokens * tokenSeconds(pace, rollouts);
}

/** All of `most` prompts, or so many that their longest responses are done within `seconds`; at least one. */
export function promptsThatFit(
  pace: DecodingPace,
  most: number,
  rolloutsOf: (prompts: number) => Rollouts,
  tokens: number,
  seconds: number,
): number {
  for (let prompts = most; ; prompts = Math.ceil(prompts / 2)) {
    if (prompts === 1 || longestSeconds(pace, rolloutsOf(prompts), tokens) <= seconds) return prompts;
  }
}
