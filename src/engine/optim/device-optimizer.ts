/**
 * The optimiser step in the memory of a device, as graphs over the parameters of one layer after another: weights, gradients and moments stay there, one number
 * comes back. The same formulas as `AdamW`, in float32.
 */
import { isOnDevice, type DeviceMemory, type Feed, type KeepingSession, type Operand } from '../device/device.js';
import type { Node } from '../graph/node.js';
import { Add, Constant, Div, Input, Mul, ReduceSum, Reshape, Sqrt, Sub } from '../graph/ops.js';
import { elementsOf, ResidentParameter, type Parameters } from '../models/parameters.js';
import type { Gradient } from '../training/pass.js';
import { isDecayed, type AdamWOptions, type AdamWState } from './adamw.js';
import { clipScale } from './clip.js';
import type { Gradients, Optimizer, StepOptions } from './optimizer.js';

interface Slot {
  parameter: ResidentParameter;
  m: Operand;
  v: Operand;
}

/** Parameters that one graph takes, by their names; groups with the same names behind the layer's number share their graphs. */
type Group = readonly string[];

const LAYER = /^(.*\.layers\.)\d+\./;

export class DeviceOptimizer implements Optimizer {
  private count = 0;
  private readonly slots = new Map<string, Slot>();
  private readonly groups: readonly Group[];
  private readonly sessions = new Map<string, Promise<KeepingSession>>();

  constructor(
    trained: Parameters,
    private readonly memory: DeviceMemory,
    private readonly options: AdamWOptions,
  ) {
    for (const [name, parameter] of trained) {
      if (!(parameter instanceof ResidentParameter)) throw new TypeError(`${name} has no copy on the device`);
      this.slots.set(name, { parameter, m: zeros(parameter.shape), v: zeros(parameter.shape) });
    }
    const groups = new Map<string, string[]>();
    for (const name of trained.keys()) {
      const layer = LAYER.exec(name)?.[0] ?? '';
      groups.set(layer, [...(groups.get(layer) ?? []), name]);
    }
    this.groups = [...groups.values()];
  }

  async add(total: Gradients, part: Gradients): Promise<Gradients> {
    const sums: Gradients = new Map();
    for (const group of this.groups) {
      const session = await this.session('add', group, (shapes) =>
        eachOf(shapes, (shape, i) => ({ [`sum.${i}`]: Add(Input(`a.${i}`, shape), Input(`b.${i}`, shape)) })),
      );
      const feeds = { ...this.gradientFeeds('a', group, total), ...this.gradientFeeds('b', group, part) };
      const { kept } = await session.run(feeds);
      group.forEach((name, i) => sums.set(name, kept.get(`sum.${i}`)!));
    }
    for (const used of [total, part]) discard(used);
    return sums;
  }

  async step(gradients: Gradients, { learningRate, maxGradNorm }: StepOptions): Promise<number> {
    const norm = await this.norm(gradients);
    if (Number.isFinite(norm)) await this.update(gradients, clipScale(norm, maxGradNorm), learningRate);
    discard(gradients);
    return norm;
  }

  async state(): Promise<AdamWState> {
    const moments: AdamWState['moments'] = new Map();
    for (const [name, { parameter, m, v }] of this.slots) {
      const { shape } = parameter;
      moments.set(`m:${name}`, { shape, data: await this.onHost(m) });
      moments.set(`v:${name}`, { shape, data: await this.onHost(v) });
    }
    return { count: this.count, moments };
  }

  restore({ count, moments }: AdamWState): void {
    for (const [name, slot] of this.slots) {
      const { shape } = slot.parameter;
      const stored = (key: string): Feed => {
        const data = moments.get(key)?.data;
        if (data?.length !== elementsOf(shape)) throw new TypeError(`the optimiser state lacks ${key}`);
        return { data, dims: shape };
      };
      slot.m = stored(`m:${name}`);
      slot.v = stored(`v:${name}`);
    }
    this.count = count;
  }

  /** Group by group, each adding to the sum of the groups before: one number comes back. */
  private async norm(gradients: Gradients): Promise<number> {
    let sum: Operand = { data: new Float32Array(1), dims: [1] };
    for (const group of this.groups) {
      const session = await this.session('squares', group, (shapes) => {
        const squares = shapes.map((shape, i) => sumOfSquares(Input(`g.${i}`, shape)));
        return { total: squares.reduce<Node>((total, square) => Add(total, square), Input('sum', [1])) };
      });
      const { kept } = await session.run({ sum, ...this.gradientFeeds('g', group, gradients) });
      if (isOnDevice(sum)) sum.dispose();
      sum = kept.get('total')!;
    }
    const [squares] = await this.onHost(sum);
    if (isOnDevice(sum)) sum.dispose();
    return Math.sqrt(squares!);
  }

  private async update(gradients: Gradients, scale: number, learningRate: number): Promise<void> {
    this.count += 1;
    const [beta1, beta2] = this.options.betas;
    const scalars = {
      scale: scalar(scale),
      step_size: scalar(learningRate / (1 - beta1 ** this.count)),
      root_scale: scalar(1 / Math.sqrt(1 - beta2 ** this.count)),
      keep: scalar(1 - learningRate * this.options.weightDecay),
    };
    for (const group of this.groups) {
      const session = await this.session('adamw', group, (shapes) => {
        const inputs = scalarInputs();
        return eachOf(shapes, (shape, i) => adamw(shape, i, inputs, this.options));
      });
      const feeds: Record<string, Operand> = { ...scalars, ...this.gradientFeeds('g', group, gradients) };
      for (const [i, name] of group.entries()) {
        const { parameter, m, v } = this.slots.get(name)!;
        Object.assign(feeds, { [`w.${i}`]: await parameter.onDevice(), [`m.${i}`]: m, [`v.${i}`]: v });
      }
      const { kept } = await session.run(feeds);
      for (const [i, name] of group.entries()) {
        const slot = this.slots.get(name)!;
        for (const moment of [slot.m, slot.v]) if (isOnDevice(moment)) moment.dispose();
        slot.m = kept.get(`next_m.${i}`)!;
        slot.v = kept.get(`next_v.${i}`)!;
        await slot.parameter.replace(kept.get(`next_w.${i}`)!);
      }
    }
  }

  private gradientFeeds(prefix: string, group: Group, gradients: Gradients): Record<string, Operand> {
    return Object.fromEntries(
      group.map((name, i) => {
        const gradient = gradients.get(name);
        if (!gradient) throw new TypeError(`the gradient of ${name} is missing`);
        const { shape: dims } = this.slots.get(name)!.parameter;
        return [`${prefix}.${i}`, gradient instanceof Float32Array ? { data: gradient, dims } : gradient];
      }),
    );
  }

  /** All outputs stay on the device. */
  private session(
    what: string,
    group: Group,
    graph: (shapes: readonly (readonly number[])[]) => Record<string, Node>,
  ): Promise<KeepingSession> {
    const key = `${what} ${group.map((name) => name.replace(LAYER, '$1')).join()}`;
    let session = this.sessions.get(key);
    if (!session) {
      const outputs = graph(group.map((name) => this.slots.get(name)!.parameter.shape));
      this.sessions.set(key, (session = this.memory.compile(outputs, Object.keys(outputs))));
    }
    return session;
  }

  private async onHost(operand: Operand): Promise<Float32Array> {
    return isOnDevice(operand) ? this.memory.read(operand) : (operand.data as Float32Array);
  }
}

/** What a step takes beside its tensors. */
function scalarInputs() {
  const [scale, stepSize, rootScale, keep] = ['scale', 'step_size', 'root_scale', 'keep'].map((name) =>
    Input(name, []),
  );
  return { scale: scale!, stepSize: stepSize!, rootScale: rootScale!, keep: keep! };
}

/** AdamW of parameter i: `next_m.i`, `next_v.i`, `next_w.i`. */
function adamw(
  shape: readonly number[],
  i: number,
  { scale, stepSize, rootScale, keep }: ReturnType<typeof scalarInputs>,
  options: AdamWOptions,
): Record<string, Node> {
  const [beta1, beta2] = options.betas;
  const [w, m, v] = ['w', 'm', 'v'].map((name) => Input(`${name}.${i}`, shape)) as [Node, Node, Node];
  const gradient = Mul(Input(`g.${i}`, shape), scale);
  const nextM = Add(Mul(m, Constant(beta1)), Mul(gradient, Constant(1 - beta1)));
  const nextV = Add(Mul(v, Constant(beta2)), Mul(Mul(gradient, gradient), Constant(1 - beta2)));
  const kept = isDecayed(shape, options) ? Mul(w, keep) : w;
  const root = Add(Mul(Sqrt(nextV), rootScale), Constant(options.epsilon));
  const change = Div(Mul(nextM, stepSize), root);
  return { [`next_m.${i}`]: nextM, [`next_v.${i}`]: nextV, [`next_w.${i}`]: Sub(kept, change) };
}

/** [1]. Of a matrix row by row first: the rows are added up side by side. */
function sumOfSquares(x: Node): Node {
  const axes = x.shape.map((_, axis) => axis).reverse();
  return Reshape(
    axes.reduce<Node>((sum, axis) => ReduceSum(sum, [axis]), Mul(x, x)),
    [1],
  );
}

function eachOf(
  shapes: readonly (readonly number[])[],
  graph: (shape: readonly number[], i: number) => Record<string, Node>,
): Record<string, Node> {
  return Object.assign({}, ...shapes.map(graph)) as Record<string, Node>;
}

function discard(gradients: ReadonlyMap<string, Gradient>): void {
  for (const gradient of gradients.values()) if (!(gradient instanceof Float32Array)) gradient.dispose();
}

/** A moment before the first step. Not on the device yet: it gets there with the first step. */
function zeros(shape: readonly number[]): Feed {
  return { data: new Float32Array(elementsOf(shape)), dims: shape };
}

function scalar(value: number): Feed {
  return { data: Float32Array.of(value), dims: [] };
}
