/**
 * Graphs are built for a number of levels in their sums of duplicates. Batches are padded to the most that any batch so far had, so that a run
 * builds a graph a few times at its beginning and then no more. Adding zero changes no bit of a result.
 */
import { padLevels } from './pair-sums.js';
import type { TreeBatch } from './tree-batch.js';

export class LevelPadder {
  private keys = 1;
  private rows = 1;

  pad(batch: TreeBatch): TreeBatch {
    this.keys = Math.max(this.keys, batch.keySums.length);
    this.rows = Math.max(this.rows, batch.rowSums.length);
    return { ...batch, keySums: padLevels(batch.keySums, this.keys), rowSums: padLevels(batch.rowSums, this.rows) };
  }
}
