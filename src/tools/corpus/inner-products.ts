/** Inner products of one vector with many: rows in WebAssembly's memory, and the loop of inner-products.as over them. */
import { MODULE } from './inner-products.wasm.js';

const PAGE_BYTES = 2 ** 16;
/** Of a vector register: rows are filled up with zeros to a multiple of it. */
const LANE_BYTES = 16;

const module = new WebAssembly.Module(Buffer.from(MODULE, 'base64'));

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
    const { memory, multiply } = new WebAssembly.Instance(module).exports;
    this.memory = memory as WebAssembly.Memory;
    this.multiply = multiply as Multiply;
    this.memory.grow(Math.ceil(bytes / PAGE_BYTES));
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
