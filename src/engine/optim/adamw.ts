/**
 * AdamW (arXiv 1711.05101) on host arrays, in place. The arithmetic is float64 per element, the state float32. Neither clips nor schedules.
 */
export interface AdamWOptions {
  betas: readonly [number, number];
  epsilon: number;
  weightDecay: number;
  /** `matrices`: only parameters with two dimensions decay, embeddings included; norms and biases do not. */
  decay: 'matrices' | 'all';
}

export function isDecayed(shape: readonly number[], { decay }: AdamWOptions): boolean {
  return decay === 'all' || shape.length === 2;
}

export interface HostParameter {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface AdamWState {
  /** Steps taken. */
  count: number;
  /** First and second moments, as `m:<parameter>` and `v:<parameter>`. */
  moments: Map<string, HostParameter>;
}

export class AdamW {
  private count = 0;
  private readonly m = new Map<string, Float32Array>();
  private readonly v = new Map<string, Float32Array>();

  constructor(
    private readonly parameters: ReadonlyMap<string, HostParameter>,
    private readonly options: AdamWOptions,
  ) {
    for (const [name, { data }] of parameters) {
      this.m.set(name, new Float32Array(data.length));
      this.v.set(name, new Float32Array(data.length));
    }
  }

  /** One step: w ← w(1 − lr·λ) where decayed, then w ← w − lr · m̂ / (√v̂ + ε). Throws when a gradient is missing. */
  step(gradients: ReadonlyMap<string, Float32Array>, learningRate: number): void {
    this.count += 1;
    const { epsilon } = this.options;
    const [beta1, beta2] = this.options.betas;
    const correction1 = 1 - beta1 ** this.count;
    const rootScale2 = 1 / Math.sqrt(1 - beta2 ** this.count);
    const stepSize = learningRate / correction1;
    for (const [name, { shape, data: w }] of this.parameters) {
      const g = gradients.get(name);
      if (g?.length !== w.length) throw new TypeError(`the gradient of ${name} is missing or misshapen`);
      const m = this.m.get(name)!;
      const v = this.v.get(name)!;
      const keep = isDecayed(shape, this.options) ? 1 - learningRate * this.options.weightDecay : 1;
      for (let i = 0; i < w.length; i++) {
        const gi = g[i]!;
        const mi = beta1 * m[i]! + (1 - beta1) * gi;
        const vi = beta2 * v[i]! + (1 - beta2) * gi * gi;
        m[i] = mi;
        v[i] = vi;
        w[i] = w[i]! * keep - (stepSize * mi) / (Math.sqrt(vi) * rootScale2 + epsilon);
      }
    }
  }

  /** The live state, to be written before the next step. */
  state(): AdamWState {
    const moments = new Map<string, HostParameter>();
    for (const [name, { shape }] of this.parameters) {
      moments.set(`m:${name}`, { shape, data: this.m.get(name)! });
      moments.set(`v:${name}`, { shape, data: this.v.get(name)! });
    }
    return { count: this.count, moments };
  }

  /** Goes on from a stored state. Throws a TypeError that names a moment which is missing or misshapen. */
  restore(state: AdamWState): void {
    for (const [name, moment] of this.state().moments) {
      const stored = state.moments.get(name);
      if (stored?.data.length !== moment.data.length) throw new TypeError(`the optimiser state lacks ${name}`);
      moment.data.set(stored.data);
    }
    this.count = state.count;
  }
}
