/** Global-norm gradient clipping. */

/** Scales all gradients in place so that their joint norm is at most `maxNorm` (null: leaves them), as PyTorch's clip_grad_norm_ does. Returns the norm before. */
export function clipGlobalNorm(gradients: ReadonlyMap<string, Float32Array>, maxNorm: number | null): number {
  let squares = 0;
  for (const gradient of gradients.values()) {
    for (let i = 0; i < gradient.length; i++) squares += gradient[i]! * gradient[i]!;
  }
  const norm = Math.sqrt(squares);
  const scale = maxNorm === null ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
  if (scale < 1) {
    for (const gradient of gradients.values()) for (let i = 0; i < gradient.length; i++) gradient[i]! *= scale;
  }
  return norm;
}
