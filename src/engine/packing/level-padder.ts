/**
 * Graphs are built for a number of levels in their sums of duplicates. Batches are padded to the most that any batch so far had, so that a run
 * builds a graph a few times at its beginning and then no more. Adding zero changes no bit of a result.
 */
import { padLevels } from './pair-sums.js';
import type { TileGroup, TreeBatch } from './tree-batch.js';

export class LevelPadder {
  private readonly keys: [number, number] = [1, 1];
  private rows = 1;

  pad(batch: TreeBatch): TreeBatch {
    this.rows = Math.max(this.rows, batch.rowSums.length);
    const padded = (which: 0 | 1): TileGroup => {
      const group = batch.tileGroups[which];
      this.keys[which] = Math.max(this.keys[which], group.keySums.length);
      return { ...group, keySums: padLevels(group.keySums, this.keys[which]) };
    };
    return { ...batch, tileGroups: [padded(0), padded(1)], rowSums: padLevels(batch.rowSums, this.rows) };
  }
}
