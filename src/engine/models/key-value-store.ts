/** Keys and values of decoded tokens, a row per slot and layer. Which slot belongs to whom is the caller's business. */
import type { DecoderConfig } from './config.js';

/** Slots by which the store grows. */
const PAGE_SLOTS = 1024;

/** Addresses set aside for each layer's keys and for its values. They cost nothing until they are used. */
const RESERVED_BYTES = 2 ** 32;

export class KeyValueStore {
  readonly width: number;
  readonly keys: Float32Array[];
  readonly values: Float32Array[];
  private slots = 0;

  constructor(config: DecoderConfig) {
    this.width = config.kvHeads * config.headDim;
    const empty = () => new Float32Array(new ArrayBuffer(0, { maxByteLength: RESERVED_BYTES }));
    this.keys = Array.from({ length: config.layers }, empty);
    this.values = Array.from({ length: config.layers }, empty);
    this.ensure(PAGE_SLOTS);
  }

  /** Slots that exist. */
  get capacity(): number {
    return this.slots;
  }

  /** Makes room for at least `slots` slots, page by page and in place: nothing is copied. Throws a RangeError beyond 4 GiB for a layer's keys. */
  ensure(slots: number): void {
    if (slots <= this.slots) return;
    const wanted = Math.ceil(slots / PAGE_SLOTS) * PAGE_SLOTS;
    const bytes = wanted * this.width * Float32Array.BYTES_PER_ELEMENT;
    if (bytes > RESERVED_BYTES) {
      throw new RangeError(`${wanted} cached tokens need ${bytes} bytes for a layer's keys, of ${RESERVED_BYTES}`);
    }
    this.resize(wanted);
  }

  /** Forgets everything and gives the memory back. */
  clear(): void {
    this.resize(0);
  }

  private resize(slots: number): void {
    const bytes = slots * this.width * Float32Array.BYTES_PER_ELEMENT;
    for (const array of [...this.keys, ...this.values]) (array.buffer as ArrayBuffer).resize(bytes);
    this.slots = slots;
  }

  /** What the slots take together in all layers. */
  static bytesPerSlot({ layers, kvHeads, headDim }: DecoderConfig): number {
    return 2 * layers * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
  }
}
