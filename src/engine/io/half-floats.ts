/** Conversions between float32 and the two 16-bit floating-point formats, element by element over whole arrays. */

/** Widens bfloat16 bit patterns, exactly. `to` has the length of `from`. */
export function bfloat16ToFloat32(from: Uint16Array, to: Float32Array): void {
  const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
  for (let i = 0; i < from.length; i++) bits[i] = from[i]! << 16;
}

/**
 * Rounds to bfloat16 bit patterns, to nearest even; NaN stays a NaN. `to` is at least as long as `from`.
 * @returns -1, as `float32ToFloat16`: what lies between the largest bfloat16 and the largest float32 becomes infinite
 */
export function float32ToBfloat16(from: Float32Array, to: Uint16Array): number {
  const bits = new Uint32Array(from.buffer, from.byteOffset, from.length);
  for (let i = 0; i < from.length; i++) {
    const word = bits[i]!;
    const isNaN = (word & 0x7fffffff) > 0x7f800000;
    to[i] = isNaN ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return -1;
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

/** Values from here on round to infinity: halfway between the largest of half precision, 65504, and the next power of two. */
const float16Limit = 65520;

/**
 * Rounds to IEEE half-precision bit patterns, to nearest even; NaN stays a NaN, infinities stay. `to` is at least as long as `from`.
 * @returns index of the first finite value that is too large for the format, or -1; what stands in `to` from there on means nothing
 */
export function float32ToFloat16(from: Float32Array, to: Uint16Array): number {
  const bits = new Uint32Array(from.buffer, from.byteOffset, from.length);
  for (let i = 0; i < from.length; i++) {
    const word = bits[i]!;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = Math.abs(from[i]!);
    if (magnitude >= float16Limit && magnitude !== Infinity) return i;
    if (Number.isNaN(magnitude)) to[i] = sign | 0x7e00;
    else if (magnitude === Infinity) to[i] = sign | 0x7c00;
    // Below 2^-14 the steps are 2^-24 wide: adding 2^-1 in float32 makes its last bit worth that, and the adder rounds to even.
    else if (magnitude < 2 ** -14) to[i] = sign | roundToMultiple(magnitude);
    // Above, 13 of float32's 23 bits of fraction are rounded away, and the exponent's bias falls from 127 to 15.
    else to[i] = sign | (((word & 0x7fffffff) - (112 << 23) + 0xfff + ((word >>> 13) & 1)) >>> 13);
  }
  return -1;
}

const sum = new Float32Array(1);
const sumBits = new Uint32Array(sum.buffer);

/** The nearest multiple of 2^-24, to even, as a count. */
function roundToMultiple(magnitude: number): number {
  sum[0] = magnitude + 0.5;
  return sumBits[0]! - 0x3f000000;
}
