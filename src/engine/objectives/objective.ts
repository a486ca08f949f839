/**
 * What is learnt, as a value: a loss over the log-probabilities of a batch's targets, what it takes of each target beside them, and the metrics that the same
 * graph gives. Each objective is one file beside this one; a sum of objectives is an objective. Runs nothing.
 */
import type { Node } from '../graph/node.js';
import { Add } from '../graph/ops.js';

/** Of P targets, [P, 1] each. */
export interface TargetDistribution {
  /** log p(target). */
  logprob: Node;
  /** Entropy of the distribution that the target was drawn from, whole vocabulary, nats. */
  entropy: Node;
}

/** The inputs of an objective's graph: one name, one node. */
export interface ObjectiveInputs<Value extends string> {
  /** A number for each target [P, 1]. */
  readonly value: (name: Value) => Node;
  /** A number for all of them []. */
  readonly setting: (name: string) => Node;
}

/** What a metric is of its sum over the targets of an optimiser step. A copy is a target on the path of one trajectory. */
export type MetricKind = 'sum' | 'mean over copies' | 'weighted mean';

export interface Objective<Value extends string = string> {
  /** Names the graph: objectives with the same key build the same one. */
  readonly key: string;
  /** What is taken of each target. Weights and advantages are already over the loss's denominator, so that parts of a batch add up. */
  readonly values: readonly Value[];
  /** What is the same for all targets. Inputs of the graph too: another number needs no other graph. */
  readonly settings: Readonly<Record<string, number>>;
  /** Whether the targets' entropies are wanted beside their log-probabilities; they take one more pass over the logits. */
  readonly entropies: boolean;
  /** Whether nothing is learnt from trajectories whose advantages are all 0. */
  readonly needsAdvantage: boolean;
  /** The sums that `build` gives, by name. */
  readonly metrics: Readonly<Record<string, MetricKind>>;
  /** The loss [], to be minimised, and the sums of the metrics [] over the P targets. */
  build(
    targets: TargetDistribution,
    inputs: ObjectiveInputs<Value>,
  ): { loss: Node; sums: Readonly<Record<string, Node>> };
}

/** The objectives added up. A term that is left out costs no backward pass. */
export function sumOf<Value extends string>(
  first: Objective<Value>,
  ...terms: readonly Objective<Value>[]
): Objective<Value> {
  const all = [first, ...terms];
  return {
    key: all.map(({ key }) => key).join('+'),
    values: [...new Set(all.flatMap(({ values }) => values))],
    settings: merged(all.map(({ settings }) => settings)),
    entropies: all.some(({ entropies }) => entropies),
    needsAdvantage: all.every(({ needsAdvantage }) => needsAdvantage),
    metrics: merged(all.map(({ metrics }) => metrics)),
    build(targets, inputs) {
      const built = all.map((objective) => objective.build(targets, inputs));
      const loss = built.map((one) => one.loss).reduce((sum, one) => Add(sum, one));
      return { loss, sums: merged(built.map(({ sums }) => sums)) };
    },
  };
}

/** Metrics from their sums over an optimiser step's targets. */
export function metricsOf(
  { metrics }: Objective,
  sums: Readonly<Record<string, number>>,
  over: { copies: number; weight: number },
): Record<string, number> {
  const divisors: Readonly<Record<MetricKind, number>> = {
    sum: 1,
    'mean over copies': Math.max(1, over.copies),
    'weighted mean': over.weight,
  };
  return Object.fromEntries(Object.entries(metrics).map(([name, kind]) => [name, sums[name]! / divisors[kind]]));
}

/** @throws {RangeError} where two have the same name */
function merged<T>(records: readonly Readonly<Record<string, T>>[]): Record<string, T> {
  const entries = records.flatMap((record) => Object.entries(record));
  const all = Object.fromEntries(entries);
  if (Object.keys(all).length === entries.length) return all;
  throw new RangeError(`terms of one objective share a name: ${entries.map(([name]) => name).join(', ')}`);
}
