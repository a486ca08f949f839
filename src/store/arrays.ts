/** Arrays of numbers as they are stored: int32 or float32, little endian on every machine. */

export function encodeInt32(values: ArrayLike<number>): Buffer {
  const buffer = Buffer.allocUnsafe(values.length * 4);
  for (let i = 0; i < values.length; i++) buffer.writeInt32LE(values[i] ?? 0, i * 4);
  return buffer;
}

export function encodeFloat32(values: ArrayLike<number>): Buffer {
  const buffer = Buffer.allocUnsafe(values.length * 4);
  for (let i = 0; i < values.length; i++) buffer.writeFloatLE(values[i] ?? 0, i * 4);
  return buffer;
}

export function decodeInt32(buffer: Buffer): number[] {
  return Array.from({ length: buffer.length / 4 }, (_, i) => buffer.readInt32LE(i * 4));
}

/** What JSON cannot hold (NaN and the infinities) becomes null. */
export function decodeFloat32(buffer: Buffer): (number | null)[] {
  return Array.from({ length: buffer.length / 4 }, (_, i) => {
    const value = buffer.readFloatLE(i * 4);
    return Number.isFinite(value) ? value : null;
  });
}
