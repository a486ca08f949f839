/**
 * Framing on a plain byte pipe: u32 length of what follows, u32 length of the JSON header, header, then the arrays' bytes one after another.
 * All numbers little endian. The header is `{ number, message, arrays: [{ name, dtype, length }] }`. Knows nothing of what messages mean.
 */
export type FrameArray = Int32Array | Float32Array;
export type FrameArrays = Record<string, FrameArray>;

export interface Frame {
  /** Counts the sender's frames from 1; acknowledgements name it. */
  number: number;
  message: unknown;
  arrays: FrameArrays;
}

const MAX_FRAME_BYTES = 1 << 30;
const DTYPES = { int32: Int32Array, float32: Float32Array } as const;

export class FrameError extends Error {}

/** One frame as bytes. Throws FrameError above 1 GiB. */
export function encodeFrame(frame: Frame): Buffer {
  const entries = Object.entries(frame.arrays);
  const arrays = entries.map(([name, a]) => ({
    name,
    dtype: a instanceof Int32Array ? 'int32' : 'float32',
    length: a.length,
  }));
  const header = Buffer.from(JSON.stringify({ number: frame.number, message: frame.message, arrays }));
  const payload = entries.reduce((sum, [, a]) => sum + a.byteLength, 0);
  const length = 4 + header.length + payload;
  if (length > MAX_FRAME_BYTES) throw new FrameError(`a frame of ${length} bytes exceeds ${MAX_FRAME_BYTES}`);
  const out = Buffer.allocUnsafe(4 + length);
  out.writeUInt32LE(length, 0);
  out.writeUInt32LE(header.length, 4);
  header.copy(out, 8);
  let at = 8 + header.length;
  for (const [, a] of entries) {
    out.set(new Uint8Array(a.buffer, a.byteOffset, a.byteLength), at);
    at += a.byteLength;
  }
  return out;
}

interface Header {
  number: number;
  message: unknown;
  arrays: { name: string; dtype: keyof typeof DTYPES; length: number }[];
}

function decodeBody(body: Buffer): Frame {
  const headerLength = body.readUInt32LE(0);
  if (4 + headerLength > body.length) throw new FrameError('the header is longer than its frame');
  const header = JSON.parse(body.toString('utf8', 4, 4 + headerLength)) as Header;
  const arrays: FrameArrays = {};
  let at = 4 + headerLength;
  for (const { name, dtype, length } of header.arrays) {
    const end = at + length * 4;
    if (!(dtype in DTYPES) || end > body.length) throw new FrameError(`array ${name} does not fit its frame`);
    const bytes = new Uint8Array(body.subarray(at, end));
    arrays[name] = new DTYPES[dtype](bytes.buffer, bytes.byteOffset, length);
    at = end;
  }
  return { number: header.number, message: header.message, arrays };
}

/** Collects bytes as they arrive and returns the frames that are complete. */
export class FrameDecoder {
  private chunks: Buffer[] = [];
  private size = 0;

  push(chunk: Buffer): Frame[] {
    this.chunks.push(chunk);
    this.size += chunk.length;
    const frames: Frame[] = [];
    for (let need = this.frameBytes(); need !== null && this.size >= need; need = this.frameBytes()) {
      const all = this.join();
      frames.push(decodeBody(all.subarray(4, need)));
      this.chunks = need < all.length ? [all.subarray(need)] : [];
      this.size = all.length - need;
    }
    return frames;
  }

  /** Bytes of the frame at the front with its length field, or null while that field is incomplete. */
  private frameBytes(): number | null {
    if (this.size < 4) return null;
    const first = this.chunks[0];
    const length = (first && first.length >= 4 ? first : this.join()).readUInt32LE(0);
    if (length < 4 || length > MAX_FRAME_BYTES) throw new FrameError(`a frame announces ${length} bytes`);
    return 4 + length;
  }

  private join(): Buffer {
    const [first, second] = this.chunks;
    if (first && !second) return first;
    const all = Buffer.concat(this.chunks);
    this.chunks = [all];
    return all;
  }
}
