/**
 * A language model that decodes and learns: one set of weights on the host, which the decoding and the training graphs take as inputs, so that an optimiser
 * step is seen by both at once. Neither samples nor optimises.
 */
import type { Node } from './graph/node.js';
import { readModelDirectory } from './io/model-directory.js';
import { DeviceKeyValueStore } from './models/device-key-value-store.js';
import { parameterFeeds, residentParameters, ResidentParameter, type Parameters } from './models/parameters.js';
import type { Adapter } from './models/adapter.js';
import type { DecoderConfig } from './models/config.js';
import { decodeBatch, type DecodeRow } from './models/decode-batch.js';
import { decodingGraph } from './models/decoding-graph.js';
import { frozenBytes } from './models/decoding-memory.js';
import { KeyValueStore } from './models/key-value-store.js';
import type { Loss } from './objectives/loss.js';
import type { Objective } from './objectives/objective.js';
import { SessionCache } from './device/session-cache.js';
import type { Device, Feeds, FloatArray, Session } from './device/device.js';
import { LevelPadder } from './packing/level-padder.js';
import type { TreeBatch } from './packing/tree-batch.js';
import { MAX_PASS_BYTES, PassChoice, type Execution } from './training/choose-pass.js';
import { BlockwisePass } from './training/blockwise-pass.js';
import {
  type Gradient,
  type GradientResult,
  type HostModel,
  type Pass,
  type TargetStatistics,
} from './training/pass.js';
import { WholePass } from './training/whole-pass.js';

/** Keys and values of decoded tokens, wherever they are held. */
export type Store = KeyValueStore | DeviceKeyValueStore;

export interface PolicyOptions {
  /** What runs its graphs. */
  device: Device;
  /** How forward and backward are cut into graphs: `whole` is fastest, `blockwise` needs the least memory. By default what fits the batch. */
  execution?: Execution;
  /** What a pass may take beside weights and gradients, bytes; only what runs layer by layer may take more. */
  passBytes?: number;
}

export class Policy {
  /** What the optimiser updates in place; every session sees it at once. The adapter's parameters where there is one, else all. */
  readonly trained: Parameters;
  readonly parameters: Parameters;
  readonly adapter: Adapter | null;
  private readonly model: HostModel;
  private readonly sessions: SessionCache;
  private readonly levels = new LevelPadder();
  /** The decoding graph with the weights built in. */
  private frozen: Session<string> | null = null;
  /** Whether decoding reads what rows have in common once. */
  private sharing = false;
  private choice: PassChoice;
  private readonly passes: { readonly [E in Execution]: Pass };

  constructor(
    readonly config: DecoderConfig,
    parameters: Parameters,
    private readonly options: PolicyOptions,
    adapter: Adapter | null = null,
  ) {
    const { memory } = options.device;
    const placed = (given: Parameters) => (memory ? residentParameters(given, memory) : given);
    this.parameters = placed(parameters);
    this.adapter = adapter && { ...adapter, parameters: placed(adapter.parameters) };
    this.sessions = new SessionCache(options.device);
    this.trained = this.adapter?.parameters ?? this.parameters;
    this.model = {
      config,
      adapter: adapter?.config ?? null,
      parameters: new Map([...this.parameters, ...(this.adapter?.parameters ?? [])]),
      trained: this.trained,
    };
    this.choice = new PassChoice(this.model, options.passBytes ?? MAX_PASS_BYTES);
    this.passes = {
      whole: new WholePass(this.model, this.sessions),
      blockwise: new BlockwisePass(this.model, this.sessions),
    };
  }

  /** What a pass may take from here on, as the option `passBytes`. */
  limitPasses(bytes: number): void {
    this.choice = new PassChoice(this.model, bytes);
  }

  get device(): Device {
    return this.options.device;
  }

  /** From a Hugging Face directory. Throws ModelFormatError naming what is missing or not supported. */
  static async load(directory: string, options: PolicyOptions): Promise<Policy> {
    const { config, parameters } = await readModelDirectory(directory);
    return new Policy(config, parameters, options);
  }

  /** The same model, its weights shared, with an adapter to be trained. Each of the two is closed for itself. */
  withAdapter(adapter: Adapter | null): Policy {
    return new Policy(this.config, this.parameters, this.options, adapter);
  }

  /**
   * Builds the weights into the decoding graph until `thaw`, where decoding gains by it: steps take up to a third less time. Until then the weights must not change, and no gradient
   * can be taken.
   * @param sharing whether rows will have much in common, as rollouts of one prompt have: it is then read once for all of them. Else the bits of a row do not depend on how many
   * there are, only on how long the longest is.
   */
  async freeze({ sharing }: { sharing: boolean }): Promise<void> {
    const { compileWith, memory } = this.options.device;
    if (this.frozen) return;
    this.sharing = sharing && !memory;
    if (!compileWith || frozenBytes(this.model) === 0) return;
    const weights = new Map([...this.model.parameters].map(([name, { data }]) => [name, data]));
    this.frozen = await compileWith(this.decodingGraph(), weights);
  }

  /** Gives back what `freeze` took: the weights may change. */
  async thaw(): Promise<void> {
    const { frozen } = this;
    this.frozen = null;
    this.sharing = false;
    await frozen?.release();
  }

  /** An empty store for `extend`, in the memory of the device. */
  newStore(): Store {
    const { memory } = this.options.device;
    return memory ? new DeviceKeyValueStore(this.config) : new KeyValueStore(this.config);
  }

  /**
   * Feeds each of B rows its new tokens, writes their keys and values into the rows' slots, and returns the logits [B·V] after each row's last token.
   * Rows are padded to the longest: group rows of like length.
   */
  async extend(store: Store, rows: readonly DecodeRow[]): Promise<Float32Array> {
    const batch = decodeBatch(this.config, rows, this.sharing);
    const { memory } = this.options.device;
    const weights = this.frozen ? {} : await parameterFeeds(this.model.parameters);
    const feeds = { ...weights, ...batch.feeds };
    let logits: FloatArray;
    if (store instanceof KeyValueStore) {
      const variant = this.sharing ? 'sharing' : '';
      const session = this.frozen ?? (await this.sessions.get('decode', variant, () => this.decodingGraph()));
      const results = await session.run({ ...feeds, ...storeFeeds(store) });
      writeSlots(store, rows, batch.length, results);
      logits = results['logits']!;
    } else {
      if (!memory) throw new TypeError('the key/value store is that of another device');
      const session = await this.sessions.getKeeping(
        memory,
        'decode',
        '',
        () => decodingGraph(this.model, { writing: 'in the graph', sharing: false }),
        (name) => name !== 'logits',
      );
      const { host, kept } = await session.run({ ...feeds, ...store.feeds(rows, batch.length) });
      store.replace(kept);
      logits = host['logits']!;
    }
    return (logits as Float32Array).subarray(0, rows.length * this.config.vocabSize);
  }

  /** Loss and the gradient of every trained parameter over a packed batch. `dropoutSeed` names what an adapter's dropout leaves out. */
  async gradient(batch: TreeBatch, loss: Loss, dropoutSeed = 0): Promise<GradientResult> {
    const result = await this.gradientInPlace(batch, loss, dropoutSeed);
    const gradients = new Map<string, Float32Array>();
    for (const [name, gradient] of result.gradients) gradients.set(name, await this.onHost(gradient));
    return { ...result, gradients };
  }

  /** The same, each gradient where it was computed. */
  gradientInPlace(batch: TreeBatch, loss: Loss, dropoutSeed = 0): Promise<GradientResult<Gradient>> {
    if (this.frozen) throw new Error('no gradient is taken of weights that are frozen for decoding');
    const padded = this.levels.pad(batch);
    return this.passFor(padded, loss.objective).gradient(padded, loss, dropoutSeed);
  }

  /** Log-probs and entropies of the targets, forward only. */
  evaluate(batch: TreeBatch, temperature: number): Promise<TargetStatistics> {
    const padded = this.levels.pad(batch);
    return this.passFor(padded, null).evaluate(padded, temperature);
  }

  /** Brings the trained parameters' host arrays up to date, where an optimiser changed them on the device. */
  async fetchTrained(): Promise<void> {
    for (const parameter of this.trained.values()) if (parameter instanceof ResidentParameter) await parameter.fetch();
  }

  async close(): Promise<void> {
    await this.thaw();
    await this.sessions.release();
  }

  private decodingGraph(): Record<string, Node> {
    return decodingGraph(this.model, { writing: 'by the host', sharing: this.sharing });
  }

  private async onHost(gradient: Gradient): Promise<Float32Array> {
    if (gradient instanceof Float32Array) return gradient;
    const values = await this.options.device.memory!.read(gradient);
    gradient.dispose();
    return values;
  }

  private passFor(batch: TreeBatch, objective: Objective | null): Pass {
    return this.passes[this.options.execution ?? this.choice.choose(batch, objective)];
  }
}

function storeFeeds(store: KeyValueStore): Feeds {
  const dims = [store.capacity, store.width];
  return Object.fromEntries([
    ...store.keys.map((data, layer) => [`keys.${layer}`, { data, dims }]),
    ...store.values.map((data, layer) => [`values.${layer}`, { data, dims }]),
  ]);
}

function writeSlots(
  { keys, values, width }: KeyValueStore,
  rows: readonly DecodeRow[],
  length: number,
  results: Record<string, FloatArray>,
): void {
  for (const layer of keys.keys()) {
    const newKeys = results[`new_keys.${layer}`]!;
    const newValues = results[`new_values.${layer}`]!;
    rows.forEach(({ slots }, b) => {
      slots.forEach((slot, i) => {
        const from = (b * length + i) * width;
        copyRow(keys[layer]!, slot * width, newKeys, from, width);
        copyRow(values[layer]!, slot * width, newValues, from, width);
      });
    });
  }
}

function copyRow(to: Float32Array, at: number, from: FloatArray, start: number, width: number): void {
  for (let i = 0; i < width; i++) to[at + i] = from[start + i]!;
}
