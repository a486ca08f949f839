/** What the study has found, as it is written to docs/methods/results.json. Reads and writes no file. */
import type { Schemas } from 'bough/client';
import type { HeldOut } from '../study/held-out.js';
import { protocol } from './protocol.js';
import type { TrainingName } from './trainings.js';

export interface Found extends HeldOut {
  readonly run: string;
  readonly commit: string;
  readonly seconds: { readonly training: number; readonly evaluation: number };
}

export interface Training extends Found {
  readonly tool_calls: number;
  readonly sampled_tokens: number;
  readonly trained_tokens: number;
  /** With every default filled in. */
  readonly spec: Schemas['Run']['spec'];
}

export interface Results {
  readonly machine: { cpu: string; cores: number; memory_gib: number; system: string };
  readonly cold_start: Found & { readonly checkpoint: string };
  readonly trainings: { readonly [Name in TrainingName]?: Training };
}

/** Those that were known are kept as long as they began with the same cold start. */
export function merged(known: Results | null, found: Results): Results {
  const isSame = known?.cold_start.checkpoint === found.cold_start.checkpoint;
  return { ...found, trainings: { ...(isSame ? known.trainings : {}), ...found.trainings } };
}

export interface Gain {
  readonly value: number;
  /** As of two independent samples: too large for two that answer the same questions. */
  readonly standard_error: number;
  readonly isLearnt: boolean;
}

export function gainOf(before: HeldOut, after: HeldOut): Gain {
  const value = after.exact_match - before.exact_match;
  const error = Math.hypot(before.standard_error, after.standard_error);
  return {
    value,
    standard_error: error,
    isLearnt: value >= protocol.gain && value > protocol.standardErrors * error,
  };
}
