/** Global-norm gradient clipping. */

/** Scales all gradients in place so that their joint norm is at most `maxNorm` (null: leaves them), as PyTorch's clip_grad_norm_ does. Returns the norm before. */
export function clipGlobalNorm(gradients: ReadonlyMap<string, Float32Array>, maxNorm: number | null): number {
  let squares = 0;
  for (const gradient of gradients.values()) squares += sumOfSquares(gradient);
  const norm = Math.sqrt(squares);
  const scale = clipScale(norm, maxNorm);
  if (scale < 1) {
    for (const gradient of gradients.values()) for (let i = 0; i < gradient.length; i++) gradient[i]! *= scale;
  }
  return norm;
}

/** What gradients of this joint norm are multiplied with. */
export function clipScale(norm: number, maxNorm: number | null): number {
  return maxNorm === null ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
}

/** In four sums at once, which do not wait for each other. */
function sumOfSquares(x: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const even = x.length - (x.length % 4);
  for (let i = 0; i < even; i += 4) {
    a += x[i]! * x[i]!;
    b += x[i + 1]! * x[i + 1]!;
    c += x[i + 2]! * x[i + 2]!;
    d += x[i + 3]! * x[i + 3]!;
  }
  for (let i = even; i < x.length; i++) a += x[i]! * x[i]!;
  return a + b + (c + d);
}
