/**
 * Group Sequence Policy Optimization (arXiv 2507.18071): one ratio for the whole response, s = exp(mean log r over its tokens), clipped as one.
 * The tokens of a trajectory are coupled, and a shared token by every trajectory through it: log-probabilities are asked for first, and the loss's value
 * and slope at each token follow from them.
 */
import { surrogate } from '../../engine/index.js';
import type { Algorithm, SurrogatePart } from './algorithm.js';
import { withTerms } from './clipped-objective.js';
import { addedAt, lossWeights, type SurrogateValue } from './credit.js';
import { grpo } from './grpo.js';
import { modelTokens, pathTo } from '../trees/tree.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';

export const gspo: Algorithm = {
  ...grpo,
  objective: (spec) => withTerms(surrogate, spec),
  surrogate: sequenceSurrogate,
};

/**
 * Of the loss -Σ_i w_i Σ_t min(s_i A_it, clip(s_i, 1 - low, 1 + high) A_it), w_i the weight of a token of trajectory i: with the aggregation `sequence` and one
 * advantage for all of a trajectory's tokens, equation 5 of the paper. d loss / d log p of a token is -Σ w_i A_it s_i over the trajectories through it that are
 * not clipped there. Where advantages differ from token to token that is GSPO-token, equations 13 and 14: s_it = sg[s_i] π / sg[π].
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
  trees.forEach(({ tree, advantages_G, added_G }, t) => {
    tree.trajectories.forEach(({ leaf }, i) => {
      const whole = advantages_G[i];
      if (whole === null || whole === undefined) return;
      const path = pathTo(tree, leaf).filter((segment) => spans[t]!.has(segment));
      const tokens = modelTokens(tree, leaf);
      let sum = 0;
      for (const segment of path) {
        const [from, to] = spans[t]!.get(segment)!;
        for (let u = from; u < to; u++) sum += logprobs[u]! - oldLogprobs[u]!;
      }
      const ratio = Math.exp(sum / tokens);
      for (const segment of path) {
        const [from, to] = spans[t]!.get(segment)!;
        for (let u = from; u < to; u++) {
          const advantage = whole + addedAt(added_G, i, segment, u - from);
          const isClipped = advantage > 0 ? ratio > high : advantage < 0 && ratio < low;
          const scale = -weight(tokens) * advantage;
          losses[u]! += scale * (isClipped ? (advantage > 0 ? high : low) : ratio);
          if (isClipped) clippedCopies[u]! += 1;
          else slopes[u]! += scale * ratio;
        }
      }
    });
  });
  return { slopes: Float32Array.from(slopes), losses: Float32Array.from(losses), clippedCopies };
}
