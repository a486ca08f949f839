/** A model segment while it is written: tokens with their log-probabilities and entropies, and the text so far. Decides nothing. */
import type { Probe } from '../algorithms/branching.js';

const FIRST_CAPACITY = 64;

export class ModelSegment {
  private tokens_T = new Int32Array(FIRST_CAPACITY);
  private logprobs_T = new Float32Array(FIRST_CAPACITY);
  private entropies_T = new Float32Array(FIRST_CAPACITY);
  length = 0;
  text = '';
  /** No token follows any more. */
  closed = false;

  push(token: number, logprob: number, entropy: number, text: string): void {
    if (this.length === this.tokens_T.length) this.grow();
    this.tokens_T[this.length] = token;
    this.logprobs_T[this.length] = logprob;
    this.entropies_T[this.length] = entropy;
    this.length += 1;
    this.text += text;
  }

  /** A view of the last token. */
  get last(): Int32Array {
    return this.tokens_T.subarray(this.length - 1, this.length);
  }

  /** Entropies of the first k tokens, or of all where there are fewer. */
  probe(k: number): Probe {
    const count = Math.min(k, this.length);
    let sum = 0;
    for (let t = 0; t < count; t++) sum += this.entropies_T[t]!;
    return { sum, count };
  }

  /** The arrays at their true length. */
  arrays(): { tokens: Int32Array; logprobs: Float32Array; entropies: Float32Array } {
    return {
      tokens: this.tokens_T.slice(0, this.length),
      logprobs: this.logprobs_T.slice(0, this.length),
      entropies: this.entropies_T.slice(0, this.length),
    };
  }

  private grow(): void {
    const capacity = 2 * this.tokens_T.length;
    const [tokens, logprobs, entropies] = [this.tokens_T, this.logprobs_T, this.entropies_T];
    this.tokens_T = new Int32Array(capacity);
    this.logprobs_T = new Float32Array(capacity);
    this.entropies_T = new Float32Array(capacity);
    this.tokens_T.set(tokens);
    this.logprobs_T.set(logprobs);
    this.entropies_T.set(entropies);
  }
}
