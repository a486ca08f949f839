/** Measured parts of a run to the whole of it: how often each happens, and the sum. Measures nothing. */
import { evaluationCount } from '../../spec/run/held-out.js';
import { evaluationOf, type ResolvedRunSpec } from '../../spec/run-spec.js';
import type { MemoryEstimate, TimeEstimate } from '../../spec/preview.js';
import { refuseMoreThan, type MemoryPlan } from '../memory/memory-plan.js';
import { peakMemoryBytes } from '../memory/peak-memory.js';

/** Seconds. */
export interface StepTime {
  sample: number;
  tools: number;
  score: number;
  update: number;
}

export interface RunTime {
  prepare: number;
  step: StepTime;
  /** One of each. */
  evaluation: number;
  checkpoint: number;
}

/**
 * Checkpoints that a run of so many steps writes: where they are due, and the last.
 * @param evaluatedEvery steps between evaluations each of which may be the best, and then has a checkpoint; null: none is
 */
export function checkpointCount(steps: number, every: number, evaluatedEvery: number | null = null): number {
  let count = 1;
  for (let step = 1; step < steps; step++) {
    if (step % every === 0 || (evaluatedEvery !== null && step % evaluatedEvery === 0)) count += 1;
  }
  return count;
}

/** @param longest the same where every response is as long as it may be; null where none is sampled */
export function timeEstimate(
  steps: number,
  spec: ResolvedRunSpec,
  time: RunTime,
  longest: RunTime | null,
): TimeEstimate {
  const parts = partsOf(steps, spec, time);
  const sum = (of: typeof parts) => Object.values(of).reduce((total, seconds) => total + seconds, 0);
  return { ...parts, total_s: sum(parts), longest_s: longest && sum(partsOf(steps, spec, longest)) };
}

function partsOf(steps: number, spec: ResolvedRunSpec, { prepare, step, evaluation, checkpoint }: RunTime) {
  const heldOut = evaluationOf(spec);
  const every = heldOut?.every_steps ?? null;
  const bestEvery = heldOut?.best ? heldOut.every_steps : null;
  return {
    prepare_s: prepare,
    sample_s: steps * step.sample,
    tools_s: steps * step.tools,
    score_s: steps * step.score,
    update_s: steps * step.update,
    evaluate_s: evaluationCount(steps, every) * evaluation,
    checkpoint_s: checkpointCount(steps, spec.checkpoint.every_steps, bestEvery) * checkpoint,
  };
}

/**
 * What the preview has held is what the run will hold, as long as its batches are no larger.
 * @throws {TrainerFailure} insufficient_memory when it is more than there is
 */
export function memoryEstimate(plan: MemoryPlan, spec: ResolvedRunSpec): MemoryEstimate {
  const measured = peakMemoryBytes();
  refuseMoreThan(plan.available, measured, spec);
  return {
    peak_bytes: measured,
    most_bytes: plan.total,
    weights_bytes: plan.weights,
    gradients_bytes: plan.gradients,
    optimizer_bytes: plan.optimizer,
    cache_bytes: plan.cache,
    pass_bytes: plan.pass,
    available_bytes: plan.available,
  };
}
