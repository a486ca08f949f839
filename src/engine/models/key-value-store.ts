/** Keys and values of decoded tokens, a row per slot and layer. Which slot belongs to whom is the caller's business. */
import type { DecoderConfig } from './config.js';

const FIRST_SLOTS = 1024;

export class KeyValueStore {
  readonly width: number;
  readonly keys: Float32Array[] = [];
  readonly values: Float32Array[] = [];
  private slots = 0;

  constructor(private readonly config: DecoderConfig) {
    this.width = config.kvHeads * config.headDim;
    this.ensure(FIRST_SLOTS);
  }

  /** Slots that exist. */
  get capacity(): number {
    return this.slots;
  }

  /** Makes room for at least `slots` slots by doubling; what is stored stays. */
  ensure(slots: number): void {
    if (slots <= this.slots) return;
    let wanted = Math.max(this.slots, FIRST_SLOTS);
    while (wanted < slots) wanted *= 2;
    for (const store of [this.keys, this.values]) {
      for (let layer = 0; layer < this.config.layers; layer++) {
        const grown = new Float32Array(wanted * this.width);
        grown.set(store[layer] ?? []);
        store[layer] = grown;
      }
    }
    this.slots = wanted;
  }
}
