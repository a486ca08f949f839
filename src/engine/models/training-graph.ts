/** The graphs that train: the whole model in one, or its layers and its head each in one of their own, for when memory is short. */
import { gradient } from '../autodiff/gradient.js';
import type { Node } from '../graph/node.js';
import { GatherRows, Input, Mul, ReduceSum, Reshape } from '../graph/ops.js';
import type { Feeds } from '../onnx/session.js';
import type { TreeBatch } from '../packing/tree-batch.js';
import { adapterShapes, type AdaptedModel } from './adapter.js';
import { parameterShapes, type DecoderConfig } from './config.js';
import {
  decoder,
  decoderLayer,
  EMBEDDINGS,
  FINAL_NORM,
  headName,
  layerPrefix,
  logitsOf,
  parameterInputs,
  ropeInputs,
  tokenInputs,
} from './decoder.js';
import { losses, targetDistribution, type LossKind } from './losses.js';
import { levelFeeds, levelInputs, tileAttention, tileFeeds } from './tile-attention.js';
import { weightsOf } from './weights.js';

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
 * Outputs `logprobs` [P, 1]; `entropies` [P, 1] unless the loss is sft; with a loss also `loss` and the gradient of each trained parameter under its name.
 * Without an adapter also that of the embedded rows; the embedding table has a gradient under its name only where it is also the head.
 */
export function wholeGraph(
  { config, adapter }: AdaptedModel,
  { kind, keyLevels, rowLevels }: WholeShape,
): Record<string, Node> {
  const parameters = parameterInputs(config, adapter);
  const attend = tileAttention(config, keyLevels);
  const tokens = tokenInputs(config, ['T']);
  const model = decoder(config, parameters, tokens, (_, q, k, v) => attend(q, k, v), adapter);
  const rowOfTarget = Input('row_of_target', ['P'], 'int32');
  const adjoint = { kind: 'pairs', levels: levelInputs('row_sums', rowLevels) } as const;
  const logits = model.logits(GatherRows(model.hidden, rowOfTarget, adjoint));
  if (adapter) {
    const names = [...adapterShapes(config, adapter).keys()];
    return lossOutputs(
      kind,
      logits,
      names.map((name) => [name, parameters.get(name)!]),
    );
  }
  const trained = [...parameters].filter(([name]) => config.tieEmbeddings || name !== EMBEDDINGS);
  return lossOutputs(kind, logits, [[EMBEDDED_GRADIENT, model.embedded], ...trained]);
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
export function layerForwardGraph(model: AdaptedModel, keyLevels: number): Record<string, Node> {
  return { output: layer(model, keyLevels).output };
}

/** The layer again from its input, and back: `output_gradient` [T, W] → the gradients of the input and of each trained parameter without its prefix. */
export function layerBackwardGraph(model: AdaptedModel, keyLevels: number): Record<string, Node> {
  const { x, parameters, output } = layer(model, keyLevels);
  const product = Mul(output, Input('output_gradient', output.shape));
  const trained = trainedLayerShapes(model).map(([name]): [string, Node] => [name, parameters.get(name)!]);
  return gradientOutputs(Reshape(ReduceSum(product, [0, 1]), []), [[INPUT_GRADIENT, x], ...trained]);
}

function layer(
  model: AdaptedModel,
  keyLevels: number,
): { x: Node; parameters: ReadonlyMap<string, Node>; output: Node } {
  const { config, adapter } = model;
  const x = Input('x', ['T', config.hiddenSize]);
  const parameters = new Map(layerShapes(model).map(([name, shape]) => [name, Input(name, shape)]));
  const weights = weightsOf(parameters, '', adapter);
  const output = decoderLayer(config, weights, x, ropeInputs(config, 'T'), tileAttention(config, keyLevels));
  return { x, parameters, output };
}

/** Names without prefix, and shapes, of the parameters that each layer has. */
export function layerShapes({ config, adapter }: AdaptedModel): [string, number[]][] {
  return [...inFirstLayer(parameterShapes(config)), ...(adapter ? inFirstLayer(adapterShapes(config, adapter)) : [])];
}

/** The same of the parameters that are trained. */
export function trainedLayerShapes({ config, adapter }: AdaptedModel): [string, number[]][] {
  return inFirstLayer(adapter ? adapterShapes(config, adapter) : parameterShapes(config));
}

function inFirstLayer(shapes: ReadonlyMap<string, number[]>): [string, number[]][] {
  const prefix = layerPrefix(0);
  return [...shapes].flatMap(([name, shape]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), shape] as [string, number[]]] : [],
  );
}

/** Final norm, head and loss of P targets from their hidden states `x` [P, W]; outputs as `wholeGraph`. Targets can be taken in chunks. */
export function headGraph({ config, adapter }: AdaptedModel, kind: PassKind): Record<string, Node> {
  const x = Input('x', ['P', config.hiddenSize]);
  const shapes = parameterShapes(config);
  const parameters = new Map(headParameters(config).map((name) => [name, Input(name, shapes.get(name)!)]));
  const trained = adapter ? [] : [...parameters];
  return lossOutputs(kind, logitsOf(config, weightsOf(parameters), x), [[INPUT_GRADIENT, x], ...trained]);
}

/** Parameters of the final norm and the head. */
export function headParameters(config: DecoderConfig): string[] {
  return [FINAL_NORM, headName(config)];
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
