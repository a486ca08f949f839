/** The optimiser step on host arrays. */
import type { Parameters } from '../models/parameters.js';
import { addInto } from '../training/pass.js';
import { AdamW, type AdamWOptions, type AdamWState } from './adamw.js';
import { clipScale, globalNorm } from './clip.js';
import type { Gradients, Optimizer, StepOptions } from './optimizer.js';

export class HostOptimizer implements Optimizer {
  private readonly adamw: AdamW;

  constructor(trained: Parameters, options: AdamWOptions) {
    this.adamw = new AdamW(trained, options);
  }

  add(total: Gradients, part: Gradients): Promise<Gradients> {
    const added = onHost(part);
    for (const [name, sum] of onHost(total)) addInto(sum, added.get(name)!);
    return Promise.resolve(total);
  }

  step(gradients: Gradients, { learningRate, maxGradNorm }: StepOptions): Promise<number> {
    const arrays = onHost(gradients);
    const norm = globalNorm(arrays);
    if (Number.isFinite(norm)) this.adamw.step(arrays, learningRate, clipScale(norm, maxGradNorm));
    return Promise.resolve(norm);
  }

  state(): Promise<AdamWState> {
    return Promise.resolve(this.adamw.state());
  }

  restore(state: AdamWState): void {
    this.adamw.restore(state);
  }
}

function onHost(gradients: Gradients): Map<string, Float32Array> {
  for (const [name, gradient] of gradients) {
    if (!(gradient instanceof Float32Array)) throw new TypeError(`the gradient of ${name} is on a device`);
  }
  return gradients as Map<string, Float32Array>;
}
