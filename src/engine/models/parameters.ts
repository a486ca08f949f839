/** The weights of a model, on the host and, where a device has a memory of its own, there. */
import type { DeviceMemory, DeviceTensor, Feeds, Operand } from '../device/device.js';

export interface Parameter {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The parameters of a model by their Hugging Face names. */
export type Parameters = Map<string, Parameter>;

/** A parameter with a copy on a device, made when it is first used. An optimiser there replaces the copy, which then is what counts. */
export class ResidentParameter implements Parameter {
  readonly shape: readonly number[];
  private readonly array: Float32Array;
  private copy: Promise<DeviceTensor> | null = null;
  /** The copy is newer than the array. */
  private isAhead = false;

  constructor(
    { shape, data }: Parameter,
    private readonly memory: DeviceMemory,
  ) {
    this.shape = shape;
    this.array = data;
  }

  /** Throws while the device has a newer value: `fetch` it first. */
  get data(): Float32Array {
    if (this.isAhead) throw new Error('these weights were changed on the device and not fetched since');
    return this.array;
  }

  onDevice(): Promise<DeviceTensor> {
    this.copy ??= this.memory.write({ data: this.array, dims: this.shape });
    return this.copy;
  }

  async replace(tensor: DeviceTensor): Promise<void> {
    const before = await this.copy;
    this.copy = Promise.resolve(tensor);
    this.isAhead = true;
    before?.dispose();
  }

  /** Brings the array up to date. */
  async fetch(): Promise<void> {
    if (this.copy && this.isAhead) this.array.set(await this.memory.read(await this.copy));
    this.isAhead = false;
  }
}

/** Elements of a tensor of this shape. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Bytes of parameters of these shapes, as they are held. */
export function parameterBytes(shapes: ReadonlyMap<string, readonly number[]>): number {
  let bytes = 0;
  for (const shape of shapes.values()) bytes += Float32Array.BYTES_PER_ELEMENT * elementsOf(shape);
  return bytes;
}

export function residentParameters(parameters: Parameters, memory: DeviceMemory): Map<string, ResidentParameter> {
  return new Map(
    [...parameters].map(([name, parameter]) => [
      name,
      parameter instanceof ResidentParameter ? parameter : new ResidentParameter(parameter, memory),
    ]),
  );
}

/** What a graph takes the parameters as. */
export async function parameterFeeds(parameters: Parameters): Promise<Feeds> {
  const feeds: Record<string, Operand> = {};
  for (const [name, parameter] of parameters) {
    const { shape: dims } = parameter;
    feeds[name] = parameter instanceof ResidentParameter ? await parameter.onDevice() : { data: parameter.data, dims };
  }
  return feeds;
}
