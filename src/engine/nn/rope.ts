/** Tables for the rotary position embedding (arXiv 2104.09864), computed in float64 on the host. */

/** Cosines and signed sines [T, 1, D] of positions, for `Rope`: both halves of D carry the same angles, the first half's sine is negated. */
export function ropeTables(
  positions_T: ArrayLike<number>,
  inverseFrequencies: ArrayLike<number>,
): { cos: Float32Array; sin: Float32Array } {
  const half = inverseFrequencies.length;
  const cos = new Float32Array(positions_T.length * 2 * half);
  const sin = new Float32Array(cos.length);
  for (let t = 0; t < positions_T.length; t++) {
    const row = t * 2 * half;
    for (let i = 0; i < half; i++) {
      const angle = positions_T[t]! * inverseFrequencies[i]!;
      const c = Math.cos(angle);
      const s = Math.sin(angle);
      cos[row + i] = c;
      cos[row + half + i] = c;
      sin[row + i] = -s;
      sin[row + half + i] = s;
    }
  }
  return { cos, sin };
}
