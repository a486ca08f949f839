/** What a trajectory has drawn and has behind it. Types only. */
import type { Probe } from '../algorithms/branching.js';

/** A drawn token with what is known of its distribution. */
export interface DrawnToken {
  token: number;
  logprob: number;
  entropy: number;
}

/** What a trajectory has behind it; a fork inherits it. */
export interface History {
  calls: number;
  /** How often each tool was called, calls that were not made left out. */
  made: ReadonlyMap<string, number>;
  /** Response tokens so far, tool results included. */
  length: number;
  /** What the entropy after tool results is compared with; null while its first segment is written. */
  baseline: Probe | null;
}
