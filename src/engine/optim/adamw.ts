/** AdamW (arXiv 1711.05101) on host arrays, in place, in float32. The moments are held in the memory of the kernel; weights and gradients pass through it block by block. Does not schedule. */
import { kernels, MAX_KERNEL_BYTES, roundUp } from '../kernels/kernels.js';

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

/** Elements that pass through the kernel at once: as many as stay in the cache with their moments. */
const BLOCK = 8192;
const BLOCK_BYTES = BLOCK * Float32Array.BYTES_PER_ELEMENT;
/** Where the blocks of weights and gradients are in the kernel's memory, and what follows them. */
const WEIGHTS = 0;
const GRADIENTS = BLOCK_BYTES;
const MOMENTS = 2 * BLOCK_BYTES;

/** Bytes that the moments in one memory take at most, where those of a single parameter do not take more. */
const ARENA_BYTES = 2 ** 30;

interface Slot {
  readonly name: string;
  /** Elements, and those up to the next one that a vector begins at. */
  readonly length: number;
  readonly padded: number;
}

/** A kernel with the moments of some parameters. */
class Arena {
  private readonly kernel;
  private readonly weights: Float32Array;
  private readonly gradients: Float32Array;
  private readonly moments = new Map<string, { m: Float32Array; v: Float32Array }>();

  constructor(slots: readonly Slot[]) {
    this.kernel = kernels(slots.reduce((bytes, { padded }) => bytes + momentBytes(padded), MOMENTS));
    const { buffer } = this.kernel.memory;
    this.weights = new Float32Array(buffer, WEIGHTS, BLOCK);
    this.gradients = new Float32Array(buffer, GRADIENTS, BLOCK);
    let at = MOMENTS;
    for (const { name, length, padded } of slots) {
      const m = new Float32Array(buffer, at, length);
      const v = new Float32Array(buffer, at + momentBytes(padded) / 2, length);
      this.moments.set(name, { m, v });
      at += momentBytes(padded);
    }
  }

  momentsOf(name: string): { m: Float32Array; v: Float32Array } {
    return this.moments.get(name)!;
  }

  step(
    name: string,
    w: Float32Array,
    g: Float32Array,
    { scale, beta1, beta2, decay, stepSize, rootScale, epsilon }: Coefficients,
  ): void {
    const { kernel, weights, gradients } = this;
    const { m, v } = this.momentsOf(name);
    for (let start = 0; start < w.length; start += BLOCK) {
      const end = Math.min(start + BLOCK, w.length);
      const offset = start * Float32Array.BYTES_PER_ELEMENT;
      weights.set(w.subarray(start, end));
      gradients.set(g.subarray(start, end));
      // Behind the end of a parameter are weights and gradients of another block, and moments that nobody reads.
      kernel.adamw(
        roundUp(end - start, 4),
        WEIGHTS,
        GRADIENTS,
        m.byteOffset + offset,
        v.byteOffset + offset,
        scale,
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        decay,
        stepSize,
        rootScale,
        epsilon,
      );
      w.set(weights.subarray(0, end - start), start);
    }
  }
}

interface Coefficients {
  /** What gradients are multiplied with. */
  scale: number;
  beta1: number;
  beta2: number;
  /** Learning rate times weight decay. */
  decay: number;
  stepSize: number;
  rootScale: number;
  epsilon: number;
}

export class AdamW {
  private count = 0;
  private readonly arenas = new Map<string, Arena>();

  /** Throws a RangeError that names a parameter too large for the kernel's memory. */
  constructor(
    private readonly parameters: ReadonlyMap<string, HostParameter>,
    private readonly options: AdamWOptions,
  ) {
    for (const slots of arenasOf(parameters)) {
      const arena = new Arena(slots);
      for (const { name } of slots) this.arenas.set(name, arena);
    }
  }

  /** One step: w ← w − lr·λ·w where decayed − lr · m̂ / (√v̂ + ε), with the gradients times `scale`. Throws when a gradient is missing. */
  step(gradients: ReadonlyMap<string, Float32Array>, learningRate: number, scale = 1): void {
    this.count += 1;
    const { epsilon, weightDecay } = this.options;
    const [beta1, beta2] = this.options.betas;
    const common = {
      scale,
      beta1,
      beta2,
      stepSize: learningRate / (1 - beta1 ** this.count),
      rootScale: 1 / Math.sqrt(1 - beta2 ** this.count),
      epsilon,
    };
    for (const [name, { shape, data: w }] of this.parameters) {
      const g = gradients.get(name);
      if (g?.length !== w.length) throw new TypeError(`the gradient of ${name} is missing or misshapen`);
      const decay = isDecayed(shape, this.options) ? learningRate * weightDecay : 0;
      this.arenas.get(name)!.step(name, w, g, { ...common, decay });
    }
  }

  /** The live state, to be written before the next step. */
  state(): AdamWState {
    const moments = new Map<string, HostParameter>();
    for (const [name, { shape }] of this.parameters) {
      const { m, v } = this.arenas.get(name)!.momentsOf(name);
      moments.set(`m:${name}`, { shape, data: m });
      moments.set(`v:${name}`, { shape, data: v });
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

/** Which parameters share a kernel, in their order. */
function arenasOf(parameters: ReadonlyMap<string, HostParameter>): Slot[][] {
  const arenas: Slot[][] = [];
  let bytes = Infinity;
  for (const [name, { data }] of parameters) {
    const slot = { name, length: data.length, padded: roundUp(data.length, 4) };
    const own = momentBytes(slot.padded);
    if (MOMENTS + own > MAX_KERNEL_BYTES) {
      throw new RangeError(
        `${name} has ${data.length} elements, and AdamW on the host takes at most ${(MAX_KERNEL_BYTES - MOMENTS) / 8} in one parameter: train an adapter`,
      );
    }
    if (bytes + own > ARENA_BYTES) {
      arenas.push([]);
      bytes = 0;
    }
    arenas.at(-1)!.push(slot);
    bytes += own;
  }
  return arenas;
}

function momentBytes(elements: number): number {
  return 2 * elements * Float32Array.BYTES_PER_ELEMENT;
}
