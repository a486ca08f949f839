/**
 * Keys and values of decoded tokens in the memory of a device. A tensor there cannot be changed, so each step makes the next store from the one before; only which
 * row goes where crosses. Which slot belongs to whom is the caller's business.
 */
import type { DeviceTensor, Feed, Feeds } from '../device/device.js';
import type { DecoderConfig } from './config.js';
import type { DecodeRow } from './decode-batch.js';

/** Slots by which the store grows at least, and by half of what there is, so that few sizes are compiled for. */
const PAGE_SLOTS = 1024;

export class DeviceKeyValueStore {
  private wanted = PAGE_SLOTS;
  private readonly held = new Map<string, DeviceTensor>();
  private readonly width: number;
  private readonly layers: number;

  constructor({ layers, kvHeads, headDim }: DecoderConfig) {
    this.layers = layers;
    this.width = kvHeads * headDim;
  }

  /** Makes room for at least `slots` slots, from the next step on. */
  ensure(slots: number): void {
    if (slots <= this.wanted) return;
    this.wanted = Math.ceil(Math.max(slots, 1.5 * this.wanted) / PAGE_SLOTS) * PAGE_SLOTS;
  }

  /** Forgets everything and gives the memory back. */
  clear(): void {
    for (const tensor of this.held.values()) tensor.dispose();
    this.held.clear();
    this.wanted = PAGE_SLOTS;
  }

  /** What the graph takes to write the tokens of rows, padded to `length`, into their slots. An empty store is one row of zeros. */
  feeds(rows: readonly DecodeRow[], length: number): Feeds {
    const before = this.held.get('keys.0')?.dims[0] ?? 1;
    const writtenRows = new Int32Array(this.wanted);
    for (let slot = 0; slot < before; slot++) writtenRows[slot] = slot;
    rows.forEach(({ slots }, b) => slots.forEach((slot, i) => (writtenRows[slot] = before + b * length + i)));
    const empty: Feed = { data: new Float32Array(this.width), dims: [1, this.width] };
    const stores = Array.from({ length: this.layers }, (_, layer) => [`keys.${layer}`, `values.${layer}`]).flat();
    return {
      written_rows: { data: writtenRows, dims: [writtenRows.length] },
      ...Object.fromEntries(stores.map((name) => [name, this.held.get(name) ?? empty])),
    };
  }

  /** Takes the store that the graph has made. */
  replace(made: ReadonlyMap<string, DeviceTensor>): void {
    for (const [output, tensor] of made) {
      const name = output.replace(/^new_/, '');
      this.held.get(name)?.dispose();
      this.held.set(name, tensor);
    }
  }
}
