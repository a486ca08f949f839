/** The inner loops of `kernels.as`, each instance with a memory of its own. */
import { MODULE } from './kernels.wasm.js';

/** Addresses are in bytes and multiples of 16, lengths in elements. */
interface Loops {
  readonly memory: WebAssembly.Memory;
  addSquares: (n: number, x: number, sums: number) => void;
  adamw: (
    n: number,
    w: number,
    g: number,
    m: number,
    v: number,
    scale: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    decay: number,
    stepSize: number,
    rootScale: number,
    epsilon: number,
  ) => void;
  greatest: (n: number, x: number) => number;
  exponentials: (n: number, x: number, y: number, most: number, inverseTemperature: number, sums: number) => void;
}

const PAGE_BYTES = 65_536;

/** What the memory of one instance can be addressed by. */
export const MAX_KERNEL_BYTES = 65_536 * PAGE_BYTES;

let compiled: WebAssembly.Module | null = null;

/** An instance whose memory has at least `bytes` bytes, all zero. Throws a RangeError where there is no room for them. */
export function kernels(bytes: number): Loops {
  compiled ??= new WebAssembly.Module(Buffer.from(MODULE, 'base64'));
  const loops = new WebAssembly.Instance(compiled).exports as unknown as Loops;
  const missing = bytes - loops.memory.buffer.byteLength;
  if (missing > 0) loops.memory.grow(Math.ceil(missing / PAGE_BYTES));
  return loops;
}

/** The least multiple of `unit` that is at least `n`. */
export function roundUp(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit;
}
