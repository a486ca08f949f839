/** An objective over the targets of one batch, and the inputs of its graph. */
import type { Node } from '../graph/node.js';
import { Input } from '../graph/ops.js';
import type { Shape } from '../graph/shape.js';
import type { Feeds } from '../device/device.js';
import type { Objective, ObjectiveInputs } from './objective.js';

export interface Loss<Value extends string = string> {
  objective: Objective<Value>;
  /** By name, [P] each, in the order of `TreeBatch`. What the objective does not take is passed over. */
  values: Readonly<Record<Value, Float32Array>>;
  /** Of the distribution whose log-probabilities are learnt. */
  temperature: number;
}

/** Nodes for the inputs of an objective. Its terms share those that they all take. */
export function objectiveInputs(): ObjectiveInputs<string> {
  const nodes = new Map<string, Node>();
  const once = (name: string, shape: Shape) => {
    const node = nodes.get(name) ?? Input(name, shape);
    nodes.set(name, node);
    return node;
  };
  return { value: (name) => once(name, ['P', 1]), setting: (name) => once(name, []) };
}

export function scalarFeed(value: number): Feeds[string] {
  return { data: Float32Array.of(value), dims: [] };
}

/** What the graph of a loss takes for the targets `from` to `to`: all of a batch, or a chunk of it. */
export function lossFeeds({ objective, values, temperature }: Loss, from: number, to: number): Feeds {
  const perTarget = objective.values.map((name) => {
    const data = values[name];
    if (!data) throw new TypeError(`the objective ${objective.key} takes ${name} of each target`);
    return [name, { data: data.subarray(from, to), dims: [to - from, 1] }];
  });
  const settings = Object.entries(objective.settings).map(([name, value]) => [name, scalarFeed(value)]);
  return { ...Object.fromEntries([...perTarget, ...settings]), inverse_temperature: scalarFeed(1 / temperature) };
}
