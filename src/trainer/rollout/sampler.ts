/**
 * Draws tokens from rows of logits. Not random itself: the caller brings the uniform draw.
 *
 * Log-probability and entropy are those of the full softmax at the sampling temperature, which is what the loss computes again; top-p only
 * narrows what is drawn. At temperature 0 the most probable token is taken, and both are reported at temperature 1.
 */
import { RowOfLogits } from '../../engine/index.js';
import type { RolloutSpec } from '../../spec/run/rollout.js';
import { TrainerFailure } from '../failure.js';

/** Most probable tokens over which the entropy `top_k` sums, beside the one that was drawn: as many as the released code asks for. */
const TOP_K = 10;

/** At a lower temperature than this the most probable token is as good as certain, and the numbers beyond all bounds. */
const LEAST_TEMPERATURE = 1e-6;

export class Sampler {
  private readonly inverseTemperature: number;
  private readonly logits: RowOfLogits;
  private nucleus: { tokens: Uint32Array; sum: number } | null = null;

  constructor(
    readonly vocabSize: number,
    private readonly temperature: number,
    private readonly topP: number,
    private readonly entropyOver: RolloutSpec['entropy'] = 'full',
  ) {
    this.inverseTemperature = temperature === 0 ? 1 : 1 / Math.max(temperature, LEAST_TEMPERATURE);
    this.logits = new RowOfLogits(vocabSize);
  }

  /** Reads row `row` of logits [B*V]; what follows concerns it until the next read. */
  read(logits: Float32Array, row: number): void {
    this.logits.read(logits, row, this.inverseTemperature);
    if (!(this.logits.sum > 0 && this.logits.sum < Infinity)) {
      throw new TrainerFailure(
        'policy_diverged',
        'The model gives no finite logits: where it is being trained, lower optimizer.learning_rate',
      );
    }
    this.nucleus = this.topP < 1 && this.temperature > 0 ? this.findNucleus() : null;
  }

  /** The token at quantile `draw` in [0, 1) of the distribution. */
  choose(draw: number): number {
    if (this.temperature === 0) return this.logits.argmax();
    if (this.nucleus) return this.chooseWithin(this.nucleus, draw);
    const { weights_V, sum } = this.logits;
    const target = draw * sum;
    let cumulative = 0;
    for (let v = 0; v < weights_V.length; v++) {
      cumulative += weights_V[v]!;
      if (cumulative > target) return v;
    }
    return this.logits.argmax();
  }

  logprob(token: number): number {
    const { logits_V, max, sum } = this.logits;
    return (logits_V[token]! - max) * this.inverseTemperature - Math.log(sum);
  }

  /**
   * Of the row's distribution, in nats. `top_k`: the sum of -p ln p over the most probable tokens, and over `drawn` where it is not among them: what is left out is
   * not normalised away.
   */
  entropy(drawn: number): number {
    const { sum, weighted } = this.logits;
    if (this.entropyOver === 'full') return Math.log(sum) - weighted / sum;
    let entropy = 0;
    for (const token of new Set([...this.mostProbable(TOP_K), drawn])) {
      const logprob = this.logprob(token);
      entropy -= Math.exp(logprob) * logprob;
    }
    return entropy;
  }

  /** The `count` most probable tokens, the most probable first. */
  mostProbable(count: number): number[] {
    const { weights_V } = this.logits;
    const most: number[] = [];
    if (count === 0) return most;
    for (let v = 0; v < weights_V.length; v++) {
      if (most.length === count && weights_V[v]! <= weights_V[most.at(-1)!]!) continue;
      let at = most.length;
      while (at > 0 && weights_V[v]! > weights_V[most[at - 1]!]!) at -= 1;
      most.splice(at, 0, v);
      most.length = Math.min(most.length, count);
    }
    return most;
  }

  private chooseWithin({ tokens, sum }: { tokens: Uint32Array; sum: number }, draw: number): number {
    const { weights_V } = this.logits;
    const target = draw * sum;
    let cumulative = 0;
    for (const token of tokens) {
      cumulative += weights_V[token]!;
      if (cumulative > target) return token;
    }
    return tokens[0]!;
  }

  /** The fewest most probable tokens that hold `topP` of the mass (Holtzman et al. 2020), most probable first. */
  private findNucleus(): { tokens: Uint32Array; sum: number } {
    const { weights_V, sum: whole } = this.logits;
    const { vocabSize, topP } = this;
    // Tokens below this weight hold less than 1 - topP together, so none of them is needed.
    const least = ((1 - topP) * whole) / vocabSize;
    const candidates: number[] = [];
    for (let v = 0; v < vocabSize; v++) if (weights_V[v]! >= least) candidates.push(v);
    candidates.sort((a, b) => weights_V[b]! - weights_V[a]! || a - b);
    let sum = 0;
    let count = 0;
    while (count < candidates.length && sum < topP * whole) sum += weights_V[candidates[count++]!]!;
    return { tokens: Uint32Array.from(candidates.slice(0, count)), sum };
  }
}
