/** One row of logits and the terms of its softmax, in a kernel's memory. */
import { kernels, roundUp } from './kernels.js';

/** Elements that the kernel adds up together. */
const UNIT = 64;
const SUMS = 2;
/** Where the row begins in the kernel's memory: behind the sums. */
const AT = SUMS * Float64Array.BYTES_PER_ELEMENT;

export class RowOfLogits {
  readonly logits_V: Float32Array;
  /** exp((logit - max) * inverse temperature); 0 where that is below e^-87. */
  readonly weights_V: Float32Array;
  /** The greatest logit. */
  max = 0;
  private readonly kernel;
  private readonly padded: number;
  /** Of the weights, and of each weight times the logarithm of it. */
  private readonly sums: Float64Array;

  constructor(private readonly vocabSize: number) {
    this.padded = roundUp(vocabSize, UNIT);
    const bytes = this.padded * Float32Array.BYTES_PER_ELEMENT;
    this.kernel = kernels(AT + 2 * bytes);
    const { buffer } = this.kernel.memory;
    new Float32Array(buffer, AT, this.padded).fill(-Infinity);
    this.sums = new Float64Array(buffer, 0, SUMS);
    this.logits_V = new Float32Array(buffer, AT, vocabSize);
    this.weights_V = new Float32Array(buffer, AT + bytes, vocabSize);
  }

  /** Reads row `row` of logits [B*V]. The sum is not a positive number where one is NaN or +∞, or all are -∞. */
  read(logits: Float32Array, row: number, inverseTemperature: number): void {
    const { kernel, padded, vocabSize } = this;
    this.logits_V.set(logits.subarray(row * vocabSize, (row + 1) * vocabSize));
    this.max = kernel.greatest(padded, AT);
    const weights = AT + padded * Float32Array.BYTES_PER_ELEMENT;
    kernel.exponentials(padded, AT, weights, this.max, inverseTemperature, 0);
  }

  /** Of the weights. */
  get sum(): number {
    return this.sums[0]!;
  }

  /** Of the weights times their logarithms. */
  get weighted(): number {
    return this.sums[1]!;
  }

  /** The first of the greatest. */
  argmax(): number {
    return this.logits_V.indexOf(this.max);
  }
}
