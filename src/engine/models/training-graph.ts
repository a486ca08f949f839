/** The graphs that train: the whole model in one, or its layers and its head each in one of their own, for when memory is short. */
import { gradient } from '../autodiff/gradient.js';
import type { Node } from '../graph/node.js';
import { GatherRows, Input, Mul, ReduceSum, Reshape } from '../graph/ops.js';
import type { Feeds } from '../onnx/session.js';
import type { TreeBatch } from '../packing/tree-batch.js';
import { parameterShapes, type DecoderConfig } from './config.js';
import {
  decoder,
  decoderLayer,
  EMBEDDINGS,
  FINAL_NORM,
  headName,
  layerPrefix,
  logitsOf,
  lookup,
  parameterInputs,
  ropeInputs,
  tokenInputs,
} from './decoder.js';
import { losses, targetDistribution, type LossKind } from './losses.js';
import { levelFeeds, levelInputs, tileAttention, tileFeeds } from './tile-attention.js';

/** `none`: forward only. */
export type PassKind = LossKind | 'none';

/** Names of the outputs that hold the gradients of the embedded rows [T, W], of a layer's input [T, W], of the head's input rows [R, W]. */
export const EMBEDDED_GRADIENT = 'embedded';
export const INPUT_GRADIENT = 'input';

export function gradientName(parameter: string): string {
  return `gradient:${parameter}`;
}

/** What a graph of the whole model is built for: batches differ in how many levels their sums of duplicates take. */
export interface WholeShape {
  kind: PassKind;
  keyLevels: number;
  rowLevels: number;
}

/**
 * Outputs `logprobs` [P, 1]; `entropies` [P, 1] unless the loss is sft; with a loss also `loss`, the gradient of each parameter under its name,
 * and of the embedded rows. The embedding table has a gradient under its name only where it is also the head.
 */
export function wholeGraph(config: DecoderConfig, { kind, keyLevels, rowLevels }: WholeShape): Record<string, Node> {
  const parameters = parameterInputs(config);
  const attend = tileAttention(config, keyLevels);
  const model = decoder(config, parameters, tokenInputs(config, ['T']), (_, q, k, v) => attend(q, k, v));
  const rowOfTarget = Input('row_of_target', ['P'], 'int32');
  const adjoint = { kind: 'pairs', levels: levelInputs('row_sums', rowLevels) } as const;
  const trained = [...parameters].filter(([name]) => config.tieEmbeddings || name !== EMBEDDINGS);
  return lossOutputs(kind, model.logits(GatherRows(model.hidden, rowOfTarget, adjoint)), [
    [EMBEDDED_GRADIENT, model.embedded],
    ...trained,
  ]);
}

/** What `wholeGraph` takes beside parameters and the loss's own inputs. */
export function wholeFeeds(config: DecoderConfig, batch: TreeBatch): Feeds {
  return {
    ids: { data: batch.tokenIds_T, dims: [batch.tokens] },
    row_of_target: { data: batch.rowOfTarget_P, dims: [batch.targets] },
    target_ids: { data: batch.targetIds_P, dims: [batch.targets] },
    ...tileFeeds(config, batch),
    ...levelFeeds('row_sums', batch.rowSums),
  };
}

/** One decoder layer, any of them: x [T, W] and the layer's parameters without their prefix → `output` [T, W]. */
export function layerForwardGraph(config: DecoderConfig, keyLevels: number): Record<string, Node> {
  return { output: layer(config, keyLevels).output };
}

/** The layer again from its input, and back: `output_gradient` [T, W] → the gradients of the input and of each parameter without its prefix. */
export function layerBackwardGraph(config: DecoderConfig, keyLevels: number): Record<string, Node> {
  const { x, parameters, output } = layer(config, keyLevels);
  const product = Mul(output, Input('output_gradient', output.shape));
  return gradientOutputs(Reshape(ReduceSum(product, [0, 1]), []), [[INPUT_GRADIENT, x], ...parameters]);
}

function layer(config: DecoderConfig, keyLevels: number): { x: Node; parameters: Map<string, Node>; output: Node } {
  const x = Input('x', ['T', config.hiddenSize]);
  const parameters = new Map(layerParameterNames(config).map(([name, shape]) => [name, Input(name, shape)]));
  const output = decoderLayer(config, lookup(parameters), x, ropeInputs(config, 'T'), tileAttention(config, keyLevels));
  return { x, parameters, output };
}

/** Names without prefix, and shapes, of the parameters that each layer has. */
export function layerParameterNames(config: DecoderConfig): [string, number[]][] {
  const prefix = layerPrefix(0);
  return [...parameterShapes(config)].flatMap(([name, shape]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), shape] as [string, number[]]] : [],
  );
}

/** Final norm, head and loss of P targets from their hidden states `x` [P, W]; outputs as `wholeGraph`. Targets can be taken in chunks. */
export function headGraph(config: DecoderConfig, kind: PassKind): Record<string, Node> {
  const x = Input('x', ['P', config.hiddenSize]);
  const shapes = parameterShapes(config);
  const parameters = new Map([FINAL_NORM, headName(config)].map((name) => [name, Input(name, shapes.get(name)!)]));
  return lossOutputs(kind, logitsOf(config, lookup(parameters), x), [[INPUT_GRADIENT, x], ...parameters]);
}

function lossOutputs(kind: PassKind, logits_PV: Node, wrt: [string, Node][]): Record<string, Node> {
  const scaled_PV = Mul(logits_PV, Input('inverse_temperature', []));
  const targets = targetDistribution(scaled_PV, Input('target_ids', ['P'], 'int32'));
  const outputs: Record<string, Node> = { logprobs: targets.logprob };
  if (kind !== 'sft') outputs['entropies'] = targets.entropy;
  if (kind === 'none') return outputs;
  const loss = losses[kind](targets);
  return { ...outputs, loss, ...gradientOutputs(loss, wrt) };
}

function gradientOutputs(loss: Node, wrt: readonly (readonly [string, Node])[]): Record<string, Node> {
  const gradients = gradient(
    loss,
    wrt.map(([, node]) => node),
  );
  return Object.fromEntries(wrt.map(([name], i) => [gradientName(name), gradients[i]!]));
}
