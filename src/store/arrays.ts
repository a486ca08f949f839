/** Reads arrays of numbers as they are stored: int32 or float32, little endian on every machine. */

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
