/**
 * What a forward and backward pass over a batch takes in memory, in one graph or layer by layer, from the sizes of the graphs' tensors. The weights are not
 * counted, nor the gradients that the caller gets.
 */
import { topologicalOrder, type Node } from '../graph/node.js';
import { withoutDropout, type AdaptedModel } from '../models/adapter.js';
import type { Objective } from '../objectives/objective.js';
import { peakBytes, tensorBytes, type Sizes } from '../device/footprint.js';
import { keyLevelsOf } from '../models/tile-attention.js';
import { headChunks } from './head-chunks.js';
import { headGraph, layerBackwardGraph, layerForwardGraph, objectiveKey, wholeGraph } from './training-graph.js';

/** What ONNX Runtime's arena holds beyond the tensors that are alive: measured at 5 to 14 % over batches of 256 to 4,096 tokens. */
const ARENA_SLACK = 1.12;

interface LevelSizes {
  left: { length: number };
}

/** Those of `TileGroup`. */
export interface GroupSizes {
  tiles: number;
  queryLength: number;
  keyLength: number;
  keySums: readonly LevelSizes[];
}

/** The sizes of a batch that its graphs' tensors depend on. */
export interface BatchSizes {
  tokens: number;
  targets: number;
  tileGroups: readonly [GroupSizes, GroupSizes];
  rowSums: readonly LevelSizes[];
}

export class PassMemory {
  private readonly graphs = new Map<string, Record<string, Node>>();

  constructor(private readonly model: AdaptedModel) {}

  /** Of a model of L layers, what two layers take and L - 2 times what the second adds: a peak is where the first gradients appear, or where the last do. */
  whole(batch: BatchSizes, objective: Objective | null): number {
    const { config, adapter } = this.model;
    const shape = {
      objective,
      keyLevels: keyLevelsOf(batch),
      rowLevels: batch.rowSums.length,
      embeddingLevels: null,
    };
    const sizes = sizesOf(batch);
    const ofLayers = (layers: number) => {
      const model = { config: { ...config, layers }, adapter: objective ? adapter : withoutDropout(adapter) };
      const key = `whole ${layers} ${objectiveKey(objective)} ${shape.keyLevels.join()},${shape.rowLevels}`;
      const graph = this.graph(key, () => wholeGraph(model, shape));
      return peakBytes(graph, sizes) + maskBytes(graph, sizes);
    };
    if (config.layers <= 2) return ARENA_SLACK * ofLayers(config.layers);
    const two = ofLayers(2);
    return ARENA_SLACK * (two + (config.layers - 2) * (ofLayers(3) - two));
  }

  /** The inputs of all layers, and the arenas of three sessions, none of which gives memory back. */
  blockwise(batch: BatchSizes, objective: Objective | null): number {
    const { config, adapter } = this.model;
    const levels = keyLevelsOf(batch);
    const sizes = sizesOf(batch);
    const states = (config.layers + 1) * batch.tokens * config.hiddenSize * Float32Array.BYTES_PER_ELEMENT;
    const used = objective ? this.model : { config, adapter: withoutDropout(adapter) };
    const forward = this.graph(`forward ${levels.join()} ${used.adapter?.dropout}`, () =>
      layerForwardGraph(used, levels),
    );
    const backward = this.graph(`back ${levels.join()}`, () => layerBackwardGraph(this.model, levels));
    const head = this.graph(`head ${objectiveKey(objective)}`, () => headGraph(this.model, objective));
    const chunk = { ...sizes, P: Math.max(0, ...headChunks(config, batch.targets).map(([from, to]) => to - from)) };
    const layers = peakBytes(forward, sizes) + (objective ? peakBytes(backward, sizes) : 0);
    return states + maskBytes(forward, sizes) + ARENA_SLACK * (layers + peakBytes(head, chunk));
  }

  private graph(key: string, build: () => Record<string, Node>): Record<string, Node> {
    let graph = this.graphs.get(key);
    if (!graph) this.graphs.set(key, (graph = build()));
    return graph;
  }
}

/** Of dropout: the only inputs that grow with the batch beside its index arrays. */
function maskBytes(graph: Record<string, Node>, sizes: Sizes): number {
  const masks = topologicalOrder(Object.values(graph)).filter(
    ({ kind, dtype }) => kind === 'Input' && dtype === 'bool',
  );
  return masks.reduce((sum, mask) => sum + tensorBytes(mask, sizes), 0);
}

function sizesOf({ tokens, targets, tileGroups, rowSums }: BatchSizes): Sizes {
  const levels = (name: string, sums: readonly LevelSizes[]) =>
    sums.map(({ left }, i) => [`${name}.${i}`, left.length]);
  const groups = tileGroups.flatMap(({ tiles, queryLength, keyLength, keySums }, g) => [
    [`N${g}`, tiles],
    [`L${g}`, queryLength],
    [`K${g}`, keyLength],
    ...levels(`key_sums.${g}`, keySums),
  ]);
  return { T: tokens, P: targets, ...Object.fromEntries([...groups, ...levels('row_sums', rowSums)]) };
}
