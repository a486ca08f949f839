/**
 * Group Sequence Policy Optimization (arXiv 2507.18071): one ratio for the whole response, s = exp(mean log r over its tokens), clipped as one.
 * The tokens of a trajectory are coupled, and a shared token by every trajectory through it: log-probabilities are asked for first, and the loss's value
 * and slope at each token follow from them.
 */
import { surrogate } from '../../engine/index.js';
import type { Algorithm, SurrogatePart } from './algorithm.js';
import { withTerms } from './clipped-objective.js';
import { lossWeights, type SurrogateValue } from './credit.js';
import { grpo } from './grpo.js';
import { modelTokens, pathTo } from '../trees/tree.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';

export const gspo: Algorithm = {
  ...grpo,
  objective: (spec) => withTerms(surrogate, spec),
  surrogate: sequenceSurrogate,
};

/**
 * Of the loss -Σ_i w_i n_i min(s_i A_i, clip(s_i, 1 - low, 1 + high) A_i), w_i the weight of a token of trajectory i and n_i their number: w_i n_i is 1 / M with the
 * aggregation `sequence`. d loss / d log p of a token is -Σ w_i A_i s_i over the trajectories through it that are not clipped.
 */
function sequenceSurrogate(
  { trees, group, spans, logprobs, oldLogprobs }: SurrogatePart,
  { training, rollout }: PolicyRunSpec,
): Record<SurrogateValue, Float32Array> {
  const { weight } = lossWeights(group, training.loss_aggregation, rollout.max_response_tokens);
  const [low, high] = [1 - training.clip_low, 1 + training.clip_high];
  const slopes = new Float64Array(logprobs.length);
  const losses = new Float64Array(logprobs.length);
  const clippedCopies = new Float32Array(logprobs.length);
  trees.forEach(({ tree, advantages_G }, t) => {
    tree.trajectories.forEach(({ leaf }, i) => {
      const advantage = advantages_G[i];
      if (advantage === null || advantage === undefined) return;
      const path = pathTo(tree, leaf).flatMap((segment) => (spans[t]!.has(segment) ? [spans[t]!.get(segment)!] : []));
      const tokens = modelTokens(tree, leaf);
      let sum = 0;
      for (const [from, to] of path) for (let u = from; u < to; u++) sum += logprobs[u]! - oldLogprobs[u]!;
      const ratio = Math.exp(sum / tokens);
      const isClipped = advantage > 0 ? ratio > high : advantage < 0 && ratio < low;
      const counted = isClipped ? (advantage > 0 ? high : low) : ratio;
      const scale = -weight(tokens) * advantage;
      for (const [from, to] of path) {
        for (let u = from; u < to; u++) {
          losses[u]! += scale * counted;
          if (isClipped) clippedCopies[u]! += 1;
          else slopes[u]! += scale * ratio;
        }
      }
    });
  });
  return { slopes: Float32Array.from(slopes), losses: Float32Array.from(losses), clippedCopies };
}
