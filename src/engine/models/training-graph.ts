/** Builds the graph of one forward and backward pass over a packed batch of trajectory trees, and the tensors that it takes. */
import { gradient } from '../autodiff/gradient.js';
import type { Node } from '../graph/node.js';
import { Constant, GatherRows, Input, LessOrEqual, Mul, Reshape, Where } from '../graph/ops.js';
import { times } from '../graph/shape.js';
import { blockAttention, groupSize } from '../nn/attention.js';
import { ropeTables } from '../nn/rope.js';
import type { Feeds } from '../onnx/session.js';
import type { PairLevel } from '../packing/pair-sums.js';
import type { TreeBatch } from '../packing/tree-batch.js';
import { ropeInverseFrequencies, type DecoderConfig } from './config.js';
import { decoder, EMBEDDINGS, parameterInputs, tokenInputs, type Attend } from './decoder.js';
import { losses, targetDistribution, type LossKind } from './losses.js';

/** Hidden from softmax: exp underflows to zero even against the smallest sums. */
const UNSEEN = -1e30;

/** Name of the output that holds the gradient of the embedded rows [T, W]. */
export const EMBEDDED_GRADIENT = 'embedded';

/** What a graph is built for: batches differ in how many levels their sums of duplicates take. */
export interface TrainingShape {
  loss: LossKind | 'none';
  keyLevels: number;
  rowLevels: number;
}

/**
 * Outputs `logprobs` [P, 1]; `entropies` [P, 1] unless the loss is sft; with a loss also `loss`, the gradient of each parameter under its name,
 * and of the embedded rows. The embedding table has a gradient under its name only where it is also the head.
 */
export function trainingGraph(config: DecoderConfig, shape: TrainingShape): Record<string, Node> {
  const parameters = parameterInputs(config);
  const tokens = tokenInputs(config, ['T']);
  const { hidden, embedded, logits } = decoder(config, parameters, tokens, tileAttention(config, shape.keyLevels));
  const rowOfTarget = Input('row_of_target', ['P'], 'int32');
  const rows_PW = GatherRows(hidden, rowOfTarget, { kind: 'pairs', levels: levelInputs('row_sums', shape.rowLevels) });
  const scaled_PV = Mul(logits(rows_PW), Input('inverse_temperature', []));
  const targets = targetDistribution(scaled_PV, Input('target_ids', ['P'], 'int32'));
  const outputs: Record<string, Node> = { logprobs: targets.logprob };
  if (shape.loss !== 'sft') outputs['entropies'] = targets.entropy;
  if (shape.loss === 'none') return outputs;

  const loss = losses[shape.loss](targets);
  const trained = [...parameters].filter(([name]) => config.tieEmbeddings || name !== EMBEDDINGS);
  const gradients = gradient(loss, [embedded, ...trained.map(([, node]) => node)]);
  outputs['loss'] = loss;
  [EMBEDDED_GRADIENT, ...trained.map(([name]) => name)].forEach(
    (name, i) => (outputs[gradientName(name)] = gradients[i]!),
  );
  return outputs;
}

export function gradientName(parameter: string): string {
  return `gradient:${parameter}`;
}

/** Attention by tiles: queries and keys are gathered from the flat tokens, and the outputs back to them. */
function tileAttention(config: DecoderConfig, keyLevels: number): Attend {
  const queryToken = Input('query_token', ['N', 'L'], 'int32');
  const tokenOfSlot = Input('token_of_slot', [times('N', 'L')], 'int32');
  const slotOfToken = Input('slot_of_token', ['T'], 'int32');
  const keyToken = Input('key_token', ['N', 'K'], 'int32');
  const lastKey = Input('last_key', ['N', 1, times(groupSize(config), 'L'), 1], 'int32');
  const keyRange = Input('key_range', ['K'], 'int32');
  const keySums = levelInputs('key_sums', keyLevels);
  const bias = Where(LessOrEqual(keyRange, lastKey), Constant(0), Constant(UNSEEN));
  return (_, q, k, v) => {
    const keys = (x: Node) => GatherRows(x, keyToken, { kind: 'pairs', levels: keySums });
    const queries = GatherRows(q, queryToken, { kind: 'unique', inverse: slotOfToken });
    const out = blockAttention(queries, keys(k), keys(v), bias, config);
    return GatherRows(Reshape(out, [times('N', 'L'), q.shape[1]!]), slotOfToken, {
      kind: 'unique',
      inverse: tokenOfSlot,
    });
  };
}

/** The last level has an entry for each of the T tokens. */
function levelInputs(name: string, count: number): { left: Node; right: Node }[] {
  return Array.from({ length: count }, (_, i) => {
    const size = i === count - 1 ? 'T' : `${name}.${i}`;
    const side = (which: string) => Input(`${name}.${i}.${which}`, [size], 'int32');
    return { left: side('left'), right: side('right') };
  });
}

/** The index tensors of a batch under the names that the graph takes. */
export function batchFeeds(config: DecoderConfig, batch: TreeBatch): Feeds {
  const { tokens: T, targets: P, tiles: N, queryLength: L, keyLength: K } = batch;
  const { cos, sin } = ropeTables(batch.positions_T, ropeInverseFrequencies(config));
  const G = groupSize(config);
  const lastKey_NGL = new Int32Array(N * G * L);
  for (let n = 0; n < N; n++) {
    const row = batch.lastKey_NL.subarray(n * L, (n + 1) * L);
    for (let g = 0; g < G; g++) lastKey_NGL.set(row, (n * G + g) * L);
  }
  return {
    ids: { data: batch.tokenIds_T, dims: [T] },
    cos: { data: cos, dims: [T, 1, config.headDim] },
    sin: { data: sin, dims: [T, 1, config.headDim] },
    query_token: { data: batch.queryToken_NL, dims: [N, L] },
    token_of_slot: { data: batch.tokenOfSlot_NL, dims: [N * L] },
    slot_of_token: { data: batch.slot_T, dims: [T] },
    key_token: { data: batch.keyToken_NK, dims: [N, K] },
    last_key: { data: lastKey_NGL, dims: [N, 1, G * L, 1] },
    key_range: { data: Int32Array.from({ length: K }, (_, i) => i), dims: [K] },
    row_of_target: { data: batch.rowOfTarget_P, dims: [P] },
    target_ids: { data: batch.targetIds_P, dims: [P] },
    ...levelFeeds('key_sums', batch.keySums),
    ...levelFeeds('row_sums', batch.rowSums),
  };
}

function levelFeeds(name: string, levels: readonly PairLevel[]): Feeds {
  return Object.fromEntries(
    levels.flatMap(({ left, right }, i) => [
      [`${name}.${i}.left`, { data: left, dims: [left.length] }],
      [`${name}.${i}.right`, { data: right, dims: [right.length] }],
    ]),
  );
}
