/** The graphs that train: the whole model in one, or its layers and its head each in one of their own, for when memory is short. */
import { gradient } from '../autodiff/gradient.js';
import type { Adjoint, Node } from '../graph/node.js';
import { Exp, GatherRows, Input, LogSoftmax, Mul, Neg, PickColumn, ReduceSum, Reshape } from '../graph/ops.js';
import type { Feeds } from '../device/device.js';
import { adapterShapes, type AdaptedModel } from '../models/adapter.js';
import { parameterShapes, type DecoderConfig } from '../models/config.js';
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
} from '../models/decoder.js';
import { levelFeeds, levelInputs, tileAttention, tileFeeds, type KeyLevels } from '../models/tile-attention.js';
import { weightsOf } from '../models/weights.js';
import { objectiveInputs } from '../objectives/loss.js';
import { pairSums } from '../packing/pair-sums.js';
import type { Objective, TargetDistribution } from '../objectives/objective.js';
import type { TreeBatch } from '../packing/tree-batch.js';

/** Names of the outputs that hold the gradients of the embedded rows [T, W], of a layer's input [T, W], of the head's input rows [R, W]. */
export const EMBEDDED_GRADIENT = 'embedded';
export const INPUT_GRADIENT = 'input';

const GRADIENT = 'gradient:';
const EMBEDDING_SUMS = 'embedding_sums';

export function gradientName(parameter: string): string {
  return GRADIENT + parameter;
}

/** Whether an output is a gradient. */
export function isGradient(output: string): boolean {
  return output.startsWith(GRADIENT);
}

/** Name of the output that holds the sum of a metric []. */
export function sumName(metric: string): string {
  return `sum:${metric}`;
}

/** Names what a graph does with the targets. null: forward only. */
export function objectiveKey(objective: Objective | null): string {
  return objective?.key ?? 'forward';
}

/** What a graph of the whole model is built for: batches differ in how many levels their sums of duplicates take. */
export interface WholeShape {
  /** null: forward only. */
  objective: Objective | null;
  keyLevels: KeyLevels;
  rowLevels: number;
  /** With which the gradients of embedded rows are added up in the graph; null: the gradient of the rows is an output, to be added up on the host. */
  embeddingLevels: number | null;
}

/**
 * Outputs `logprobs` [P, 1]; `entropies` [P, 1] unless the objective wants none; with an objective also `loss`, the sums of its metrics and the gradient of
 * each trained parameter under its name.
 * Without an adapter and embedding levels also that of the embedded rows; the embedding table then has a gradient under its name only where it is also the head.
 */
export function wholeGraph(
  { config, adapter }: AdaptedModel,
  { objective, keyLevels, rowLevels, embeddingLevels }: WholeShape,
): Record<string, Node> {
  const parameters = parameterInputs(config, adapter);
  const attend = tileAttention(config, keyLevels);
  const tokens = tokenInputs(config, ['T']);
  const embeddingAdjoint: Adjoint =
    embeddingLevels === null
      ? { kind: 'none' }
      : { kind: 'pairs', levels: levelInputs(EMBEDDING_SUMS, embeddingLevels, config.vocabSize) };
  const model = decoder(config, parameters, tokens, (_, q, k, v) => attend(q, k, v), adapter, embeddingAdjoint);
  const rowOfTarget = Input('row_of_target', ['P'], 'int32');
  const adjoint = { kind: 'pairs', levels: levelInputs('row_sums', rowLevels) } as const;
  const logits = model.logits(GatherRows(model.hidden, rowOfTarget, adjoint));
  if (adapter) {
    const names = [...adapterShapes(config, adapter).keys()];
    return targetOutputs(
      objective,
      logits,
      names.map((name) => [name, parameters.get(name)!]),
    );
  }
  if (embeddingLevels !== null) return targetOutputs(objective, logits, [...parameters]);
  const trained = [...parameters].filter(([name]) => config.tieEmbeddings || name !== EMBEDDINGS);
  return targetOutputs(objective, logits, [[EMBEDDED_GRADIENT, model.embedded], ...trained]);
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

/** What a graph with embedding levels takes beside that, and how many levels they are. */
export function embeddingSums(config: DecoderConfig, batch: TreeBatch): { levels: number; feeds: Feeds } {
  const levels = pairSums(batch.tokenIds_T, config.vocabSize);
  return { levels: levels.length, feeds: levelFeeds(EMBEDDING_SUMS, levels) };
}

/** One decoder layer, any of them: x [T, W] and the layer's parameters without their prefix → `output` [T, W]. */
export function layerForwardGraph(model: AdaptedModel, keyLevels: KeyLevels): Record<string, Node> {
  return { output: layer(model, keyLevels).output };
}

/** The layer again from its input, and back: `output_gradient` [T, W] → the gradients of the input and of each trained parameter without its prefix. */
export function layerBackwardGraph(model: AdaptedModel, keyLevels: KeyLevels): Record<string, Node> {
  const { x, parameters, output } = layer(model, keyLevels);
  const product = Mul(output, Input('output_gradient', output.shape));
  const trained = trainedLayerShapes(model).map(([name]): [string, Node] => [name, parameters.get(name)!]);
  return gradientOutputs(Reshape(ReduceSum(product, [0, 1]), []), [[INPUT_GRADIENT, x], ...trained]);
}

function layer(
  model: AdaptedModel,
  keyLevels: KeyLevels,
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
export function headGraph({ config, adapter }: AdaptedModel, objective: Objective | null): Record<string, Node> {
  const x = Input('x', ['P', config.hiddenSize]);
  const shapes = parameterShapes(config);
  const parameters = new Map(headParameters(config).map((name) => [name, Input(name, shapes.get(name)!)]));
  const trained = adapter ? [] : [...parameters];
  return targetOutputs(objective, logitsOf(config, weightsOf(parameters), x), [[INPUT_GRADIENT, x], ...trained]);
}

/** Parameters of the final norm and the head. */
export function headParameters(config: DecoderConfig): string[] {
  return [FINAL_NORM, headName(config)];
}

function targetOutputs(objective: Objective | null, logits_PV: Node, wrt: [string, Node][]): Record<string, Node> {
  const scaled_PV = Mul(logits_PV, Input('inverse_temperature', []));
  const targets = targetDistribution(scaled_PV, Input('target_ids', ['P'], 'int32'));
  const outputs: Record<string, Node> = { logprobs: targets.logprob };
  if (!objective || objective.entropies) outputs['entropies'] = targets.entropy;
  if (!objective) return outputs;
  const { loss, sums } = objective.build(targets, objectiveInputs());
  outputs['loss'] = loss;
  for (const [metric, sum] of Object.entries(sums)) outputs[sumName(metric)] = sum;
  return { ...outputs, ...gradientOutputs(loss, wrt) };
}

/** From logits [P, V] and target ids int32 [P]. */
function targetDistribution(logits_PV: Node, targetIds_P: Node): TargetDistribution {
  const logprobs_PV = LogSoftmax(logits_PV);
  return {
    logprob: PickColumn(logprobs_PV, targetIds_P),
    entropy: Neg(ReduceSum(Mul(Exp(logprobs_PV), logprobs_PV), [1])),
  };
}

function gradientOutputs(loss: Node, wrt: readonly (readonly [string, Node])[]): Record<string, Node> {
  const gradients = gradient(
    loss,
    wrt.map(([, node]) => node),
  );
  return Object.fromEntries(wrt.map(([name], i) => [gradientName(name), gradients[i]!]));
}
