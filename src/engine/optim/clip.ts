/** Clipping of gradients by their joint norm. */
import { kernels, roundUp } from '../kernels/kernels.js';

/** Elements that pass through the kernel at once. */
const BLOCK = 8192;
const SUMS = 4;
/** Where the block begins in the kernel's memory: behind the sums. */
const AT = SUMS * Float64Array.BYTES_PER_ELEMENT;

/** Scales all gradients in place so that their joint norm is at most `maxNorm` (null: leaves them), as PyTorch's clip_grad_norm_ does. Returns the norm before. */
export function clipGlobalNorm(gradients: ReadonlyMap<string, Float32Array>, maxNorm: number | null): number {
  const norm = globalNorm(gradients);
  const scale = clipScale(norm, maxNorm);
  if (scale < 1) {
    for (const gradient of gradients.values()) for (let i = 0; i < gradient.length; i++) gradient[i]! *= scale;
  }
  return norm;
}

function squaresKernel() {
  const { memory, addSquares } = kernels(AT + BLOCK * Float32Array.BYTES_PER_ELEMENT);
  const sums = new Float64Array(memory.buffer, 0, SUMS);
  return { addSquares, sums, block: new Float32Array(memory.buffer, AT, BLOCK) };
}

/** One for the whole process: each has a memory of its own, which only a garbage collection takes away. */
let kernel: ReturnType<typeof squaresKernel> | null = null;

/** The joint L2 norm, added up in float64. */
export function globalNorm(gradients: ReadonlyMap<string, Float32Array>): number {
  kernel ??= squaresKernel();
  const { addSquares, sums, block } = kernel;
  let squares = 0;
  for (const gradient of gradients.values()) {
    sums.fill(0);
    for (let start = 0; start < gradient.length; start += BLOCK) {
      const part = gradient.subarray(start, start + BLOCK);
      block.set(part);
      const length = roundUp(part.length, 4);
      block.fill(0, part.length, length);
      addSquares(length, AT, 0);
    }
    squares += sums[0]! + sums[1]! + (sums[2]! + sums[3]!);
  }
  return Math.sqrt(squares);
}

/** What gradients of this joint norm are multiplied with. */
export function clipScale(norm: number, maxNorm: number | null): number {
  return maxNorm === null ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
}
