/** Which way of cutting forward and backward into graphs fits in memory: a function of model, batch and limit alone, so that a resumed run chooses the same. */
import type { AdaptedModel } from '../models/adapter.js';
import type { TreeBatch } from '../packing/tree-batch.js';
import type { Objective } from '../objectives/objective.js';
import { PassMemory } from './pass-memory.js';

export type Execution = 'whole' | 'blockwise';

/** What a pass may take unless less is said: beyond it the whole graph gains nothing over its layers. */
export const MAX_PASS_BYTES = 4 * 2 ** 30;

export class PassChoice {
  private readonly memory: PassMemory;

  /** @param limit bytes above which a pass runs layer by layer */
  constructor(
    model: AdaptedModel,
    private readonly limit: number,
  ) {
    this.memory = new PassMemory(model);
  }

  /** @param objective null: forward only */
  choose(batch: TreeBatch, objective: Objective | null): Execution {
    return this.memory.whole(batch, objective) <= this.limit ? 'whole' : 'blockwise';
  }
}
