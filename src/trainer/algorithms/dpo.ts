/**
 * Direct Preference Optimization (arXiv 2305.18290): of two answers to a prompt the better one is to gain on the worse, against a frozen reference. The tokens of a
 * pair are coupled by its margin: log-probabilities are asked for first, and the loss's value and slope at each token follow from them.
 */
import { linearised } from '../../engine/index.js';
import type { SupervisedRunSpec } from '../../spec/run-spec.js';
import type { Learnt, ScoredTargets, SupervisedAlgorithm, SupervisedPart } from './supervised.js';

type DpoSpec = Extract<SupervisedRunSpec, { method: 'dpo' }>;

export const dpo: SupervisedAlgorithm<DpoSpec> = { objective: linearised, hasReference: true, learn };

/**
 * The mean over pairs of -(1 - ε) log σ(m) - ε log σ(-m), with the margin m = r(chosen) - r(rejected) of the rewards r(y) = β Σ (log π - log π_ref): equation 7 of
 * the paper; ε is the label smoothing of conservative DPO. d loss / d m = -(1 - ε) σ(-m) + ε σ(m), and d m / d log p = ±β at every token of the answers. Beside it
 * stands α times the mean -log π of the chosen answer's tokens (arXiv 2404.19733, equation of L_DPO+NLL).
 */
function learn(
  { sequences, step }: SupervisedPart,
  { logprobs, referenceLogprobs }: ScoredTargets,
  { training: { beta, label_smoothing: smoothing, rpo_alpha: alpha } }: DpoSpec,
): Learnt {
  const slopes = new Float32Array(logprobs.length);
  const losses = new Float32Array(logprobs.length);
  const sums = { loss: 0, chosen_nll: 0, accuracy: 0, margin: 0, chosen_reward: 0, rejected_reward: 0 };
  const reward = (from: number, to: number) => {
    let sum = 0;
    for (let u = from; u < to; u++) sum += logprobs[u]! - referenceLogprobs[u]!;
    return beta * sum;
  };
  let start = 0;
  for (const { targets, chosen } of sequences) {
    const [parted, end] = [start + chosen, start + targets];
    const [better, worse] = [reward(start, parted), reward(parted, end)];
    const margin = better - worse;
    const nll = -logprobs.subarray(start, parted).reduce((sum, logprob) => sum + logprob, 0) / chosen;
    const loss = (1 - smoothing) * softplus(-margin) + smoothing * softplus(margin) + alpha * nll;
    const slope = smoothing * sigmoid(margin) - (1 - smoothing) * sigmoid(-margin);
    slopes.fill((beta * slope - alpha / chosen) / step.sequences, start, parted);
    slopes.fill((-beta * slope) / step.sequences, parted, end);
    losses.fill(loss / step.sequences / targets, start, end);
    sums.loss += loss;
    sums.chosen_nll += nll;
    sums.accuracy += margin > 0 ? 1 : 0;
    sums.margin += margin;
    sums.chosen_reward += better;
    sums.rejected_reward += worse;
    start = end;
  }
  const metrics = Object.entries(sums).map(([name, sum]) => [`dpo/${name}`, sum / step.sequences]);
  return { values: { slopes, losses }, metrics: Object.fromEntries(metrics) };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** log(1 + e^x), which is -log σ(-x). */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
