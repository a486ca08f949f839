/**
 * Draws tokens from rows of logits. The inner loops allocate nothing. Not random itself: the caller brings the uniform draw.
 *
 * Log-probability and entropy are those of the full softmax at the sampling temperature, which is what the loss computes again; top-p only
 * narrows what is drawn. At temperature 0 the most probable token is taken, and both are reported at temperature 1.
 */
import type { RolloutSpec } from '../../spec/run/rollout.js';
import { TrainerFailure } from '../failure.js';

/** Most probable tokens over which the entropy `top_k` sums, beside the one that was drawn: as many as the released code asks for. */
const TOP_K = 10;

/** At a lower temperature than this the most probable token is as good as certain, and the numbers beyond all bounds. */
const LEAST_TEMPERATURE = 1e-6;

export class Sampler {
  private readonly inverseTemperature: number;
  /** exp((logit - max) / temperature) of the row, and their sum. */
  private readonly weights_V: Float64Array;
  private sum = 0;
  private logits: Float32Array = new Float32Array();
  private row = 0;
  private max = 0;
  private argmax = 0;
  private nucleus: { tokens: Uint32Array; sum: number } | null = null;
  /** Of the whole distribution, in nats. */
  private fullEntropy = 0;

  constructor(
    readonly vocabSize: number,
    private readonly temperature: number,
    private readonly topP: number,
    private readonly entropyOver: RolloutSpec['entropy'] = 'full',
  ) {
    this.inverseTemperature = temperature === 0 ? 1 : 1 / Math.max(temperature, LEAST_TEMPERATURE);
    this.weights_V = new Float64Array(vocabSize);
  }

  /** Reads row `row` of logits [B*V]; what follows concerns it until the next read. */
  read(logits: Float32Array, row: number): void {
    const { vocabSize, weights_V, inverseTemperature } = this;
    const start = row * vocabSize;
    let max = -Infinity;
    let argmax = 0;
    for (let v = 0; v < vocabSize; v++) {
      const logit = logits[start + v]!;
      if (logit > max) {
        max = logit;
        argmax = v;
      }
    }
    let sum = 0;
    let weighted = 0;
    for (let v = 0; v < vocabSize; v++) {
      const below = (logits[start + v]! - max) * inverseTemperature;
      const weight = Math.exp(below);
      weights_V[v] = weight;
      sum += weight;
      weighted += weight * below;
    }
    if (!Number.isFinite(sum)) {
      throw new TrainerFailure(
        'policy_diverged',
        'The model gives no finite logits: where it is being trained, lower optimizer.learning_rate',
      );
    }
    this.logits = logits;
    this.row = row;
    this.max = max;
    this.argmax = argmax;
    this.sum = sum;
    this.fullEntropy = Math.log(sum) - weighted / sum;
    this.nucleus = this.topP < 1 && this.temperature > 0 ? this.findNucleus() : null;
  }

  /** The token at quantile `draw` in [0, 1) of the distribution. */
  choose(draw: number): number {
    if (this.temperature === 0) return this.argmax;
    if (this.nucleus) return this.chooseWithin(this.nucleus, draw);
    const { weights_V, vocabSize } = this;
    const target = draw * this.sum;
    let cumulative = 0;
    for (let v = 0; v < vocabSize; v++) {
      cumulative += weights_V[v]!;
      if (cumulative > target) return v;
    }
    return this.argmax;
  }

  logprob(token: number): number {
    const logit = this.logits[this.row * this.vocabSize + token]!;
    return (logit - this.max) * this.inverseTemperature - Math.log(this.sum);
  }

  /**
   * Of the row's distribution, in nats. `top_k`: the sum of -p ln p over the most probable tokens, and over `drawn` where it is not among them: what is left out is
   * not normalised away.
   */
  entropy(drawn: number): number {
    if (this.entropyOver === 'full') return this.fullEntropy;
    let entropy = 0;
    for (const token of new Set([...this.mostProbable(TOP_K), drawn])) {
      const logprob = this.logprob(token);
      entropy -= Math.exp(logprob) * logprob;
    }
    return entropy;
  }

  /** The `count` most probable tokens, the most probable first. */
  mostProbable(count: number): number[] {
    const { weights_V, vocabSize } = this;
    const most: number[] = [];
    if (count === 0) return most;
    for (let v = 0; v < vocabSize; v++) {
      if (most.length === count && weights_V[v]! <= weights_V[most.at(-1)!]!) continue;
      let at = most.length;
      while (at > 0 && weights_V[v]! > weights_V[most[at - 1]!]!) at -= 1;
      most.splice(at, 0, v);
      most.length = Math.min(most.length, count);
    }
    return most;
  }

  private chooseWithin({ tokens, sum }: { tokens: Uint32Array; sum: number }, draw: number): number {
    const target = draw * sum;
    let cumulative = 0;
    for (const token of tokens) {
      cumulative += this.weights_V[token]!;
      if (cumulative > target) return token;
    }
    return tokens[0]!;
  }

  /** The fewest most probable tokens that hold `topP` of the mass (Holtzman et al. 2020), most probable first. */
  private findNucleus(): { tokens: Uint32Array; sum: number } {
    const { weights_V, vocabSize, topP } = this;
    // Tokens below this weight hold less than 1 - topP together, so none of them is needed.
    const least = ((1 - topP) * this.sum) / vocabSize;
    const candidates: number[] = [];
    for (let v = 0; v < vocabSize; v++) if (weights_V[v]! >= least) candidates.push(v);
    candidates.sort((a, b) => weights_V[b]! - weights_V[a]! || a - b);
    let sum = 0;
    let count = 0;
    while (count < candidates.length && sum < topP * this.sum) sum += weights_V[candidates[count++]!]!;
    return { tokens: Uint32Array.from(candidates.slice(0, count)), sum };
  }
}
