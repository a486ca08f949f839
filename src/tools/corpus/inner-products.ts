/**
 * Inner products of one vector with many, in WebAssembly: V8 makes no vector instructions of JavaScript, which is several times slower. Four lanes are
 * added up one after the other and then together, so that every processor gets the same bits.
 */

const PAGE_BYTES = 2 ** 16;
/** Of a vector register: rows are filled up with zeros to a multiple of it. */
const LANE_BYTES = 16;

// prettier-ignore
const MODULE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  // type 0: (query, row, bytes of a row, end of the rows, out) -> ()
  1, 9, 1, 0x60, 5, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0,
  // import "" "m": a memory
  2, 7, 1, 0, 1, 0x6d, 2, 0, 0,
  // function 0 is of type 0, exported as "f"
  3, 2, 1, 0,
  7, 5, 1, 1, 0x66, 0, 0,
  // its code; locals: 5, the offset in the row, and 6, the sum of each lane
  10, 125, 1, 123, 2, 1, 0x7f, 1, 0x7b,
  0x03, 0x40, // loop over rows
  0xfd, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x21, 6, // sum = 0
  0x41, 0, 0x21, 5, // offset = 0
  0x03, 0x40, // loop over the row
  0x20, 6, // sum
  0x20, 0, 0x20, 5, 0x6a, 0xfd, 0, 4, 0, // v128.load(query + offset)
  0x20, 1, 0x20, 5, 0x6a, 0xfd, 0, 4, 0, // v128.load(row + offset)
  0xfd, 0xe6, 1, // f32x4.mul
  0xfd, 0xe4, 1, 0x21, 6, // sum = f32x4.add
  0x20, 5, 0x41, 16, 0x6a, 0x22, 5, 0x20, 2, 0x49, 0x0d, 0, 0x0b, // offset += 16; while below the bytes of a row
  0x20, 4, // out
  0x20, 6, 0xfd, 31, 0, 0x20, 6, 0xfd, 31, 1, 0x92, 0x20, 6, 0xfd, 31, 2, 0x92, 0x20, 6, 0xfd, 31, 3, 0x92, // sum of the lanes
  0x38, 2, 0, // f32.store
  0x20, 4, 0x41, 4, 0x6a, 0x21, 4, // out += 4
  0x20, 1, 0x20, 2, 0x6a, 0x22, 1, 0x20, 3, 0x49, 0x0d, 0, 0x0b, // row += bytes of a row; while below the end
  0x0b,
);

const module = new WebAssembly.Module(MODULE);

type Multiply = (query: number, row: number, rowBytes: number, end: number, out: number) => void;

export class InnerProducts {
  private readonly memory: WebAssembly.Memory;
  private readonly multiply: Multiply;
  private readonly rowBytes: number;
  /** Where the products lie, and the rows. The vector that rows are multiplied with lies at 0. */
  private readonly out: number;
  private readonly first: number;

  /** @param dimensions of each row, which are 0 until they are written */
  constructor(
    private readonly rows: number,
    private readonly dimensions: number,
  ) {
    this.rowBytes = whole(4 * dimensions, LANE_BYTES);
    this.out = this.rowBytes;
    this.first = this.out + whole(4 * rows, LANE_BYTES);
    const bytes = this.first + rows * this.rowBytes;
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
    this.multiply = new WebAssembly.Instance(module, { '': { m: this.memory } }).exports['f'] as Multiply;
  }

  /** Where a row is to be written. */
  row(number: number): Float32Array {
    return new Float32Array(this.memory.buffer, this.first + number * this.rowBytes, this.dimensions);
  }

  /** One product for each row, until the next are made. */
  with(vector: Float32Array): Float32Array {
    const { memory, rows, rowBytes, first, out } = this;
    new Float32Array(memory.buffer, 0, this.dimensions).set(vector);
    if (rows > 0) this.multiply(0, first, rowBytes, first + rows * rowBytes, out);
    return new Float32Array(memory.buffer, out, rows);
  }
}

const whole = (bytes: number, of: number): number => Math.ceil(bytes / of) * of;
