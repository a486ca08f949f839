/** Conversions between float32 and the two 16-bit floating-point formats, element by element over whole arrays. */

/** Widens bfloat16 bit patterns, exactly. `to` has the length of `from`. */
export function bfloat16ToFloat32(from: Uint16Array, to: Float32Array): void {
  const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
  for (let i = 0; i < from.length; i++) bits[i] = from[i]! << 16;
}

/** Rounds to bfloat16 bit patterns, to nearest even; NaN stays a NaN. `to` is at least as long as `from`. */
export function float32ToBfloat16(from: Float32Array, to: Uint16Array): void {
  const bits = new Uint32Array(from.buffer, from.byteOffset, from.length);
  for (let i = 0; i < from.length; i++) {
    const word = bits[i]!;
    const isNaN = (word & 0x7fffffff) > 0x7f800000;
    to[i] = isNaN ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
}

/** Widens IEEE half-precision bit patterns, exactly. `to` has the length of `from`. */
export function float16ToFloat32(from: Uint16Array, to: Float32Array): void {
  for (let i = 0; i < from.length; i++) {
    const word = from[i]!;
    const sign = word & 0x8000 ? -1 : 1;
    const exponent = (word >>> 10) & 0x1f;
    const fraction = word & 0x3ff;
    if (exponent === 0) to[i] = sign * fraction * 2 ** -24;
    else if (exponent === 31) to[i] = fraction ? NaN : sign * Infinity;
    else to[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
}
