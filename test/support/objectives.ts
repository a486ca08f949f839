/** An objective on numbers: its graph fed with log-probabilities instead of a model's. */
import { gradient } from '../../src/engine/autodiff/gradient.js';
import { Add, Constant, Input, Mul } from '../../src/engine/graph/ops.js';
import { lossFeeds, objectiveInputs } from '../../src/engine/objectives/loss.js';
import { sumAll } from '../../src/engine/nn/elementwise.js';
import type { Objective } from '../../src/engine/objectives/objective.js';
import { cpuDevice } from '../../src/engine/device/cpu.js';

export interface Targets {
  logprobs: Float32Array;
  entropies?: Float32Array;
}

/** The loss over all targets, its slope in each of their log-probabilities [P], and the sums of the metrics by name. */
export async function evaluateObjective<Value extends string>(
  objective: Objective<Value>,
  { logprobs, entropies = new Float32Array(logprobs.length) }: Targets,
  values: Readonly<Record<Value, Float32Array>>,
): Promise<{ loss: number; slopes: Float32Array; sums: Record<string, number> }> {
  const P = logprobs.length;
  const targets = { logprob: Input('logprob', ['P', 1]), entropy: Input('entropy', ['P', 1]) };
  const { loss, sums } = objective.build(targets, objectiveInputs());
  // Of a term that takes entropies alone it is zero, which is no node of its graph.
  const anchored = Add(loss, sumAll(Mul(Constant(0), targets.logprob)));
  const slopes = gradient(anchored, [targets.logprob])[0]!;
  const session = await cpuDevice(1).compile({ loss, target_gradient: slopes, ...sums });
  const results = await session.run({
    ...lossFeeds({ objective, values, temperature: 1 }, 0, P),
    logprob: { data: logprobs, dims: [P, 1] },
    entropy: { data: entropies, dims: [P, 1] },
  });
  await session.release();
  const read = (name: string) => results[name as keyof typeof results][0]!;
  const slopes_P = results['target_gradient' as keyof typeof results] as Float32Array;
  return {
    loss: read('loss'),
    slopes: slopes_P,
    sums: Object.fromEntries(Object.keys(sums).map((name) => [name, read(name)])),
  };
}
