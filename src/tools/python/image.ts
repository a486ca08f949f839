/**
 * A started interpreter, frozen: the bytes of its memory and how to go on from there. Starting CPython takes some 400 ms of processor time,
 * copying its memory back one. Runs inside a thread, and knows nothing of threads.
 */
import { ProgramExit, ProgramHost } from './host.js';
import { LAUNCHER } from './launcher.js';
import { OutputLimit } from './output.js';

export const PAGE_BYTES = 65536;
/** Offset of PyFunctionObject.vectorcall in CPython 3.11 on wasm32. */
const VECTORCALL_OFFSET = 60;

export interface Image {
  readonly memory: SharedArrayBuffer;
  readonly stackPointer: number;
  /** Address of the Python function that reads a program from standard input, runs it and exits. */
  readonly run: number;
}

export type Ending =
  | { readonly end: 'exit'; readonly status: number }
  | { readonly end: 'output_limit' }
  | { readonly end: 'crash'; readonly reason: string };

export type ProgramResult = Ending & { readonly stdout: string; readonly stderr: string };

interface PythonExports {
  readonly _start: () => void;
  readonly stack_pointer: WebAssembly.Global;
  readonly table: WebAssembly.Table;
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory, host: ProgramHost): PythonExports {
  const instance = new WebAssembly.Instance(module, {
    ...(host.getImportObject() as WebAssembly.Imports),
    env: { memory },
  });
  return instance.exports as unknown as PythonExports;
}

/** Starts the interpreter from the module with its data, and keeps its memory when it has imported everything. */
export function makeImage(module: WebAssembly.Module, initialPages: number): Image {
  const memory = new WebAssembly.Memory({ initial: initialPages });
  // With a fixed hash seed, sets of strings have the same order in every call.
  const host = new ProgramHost(memory, { args: ['python', '-c', LAUNCHER], env: { PYTHONHASHSEED: '0' } });
  host.reset(new Uint8Array(0), PAGE_BYTES);
  const python = instantiate(module, memory, host);
  try {
    python._start();
  } catch (error) {
    if (!(error instanceof ProgramExit)) throw error;
  }
  const { stdout, stderr } = host.output();
  const run = Number(stdout);
  if (!(run > 0)) throw new Error(`Python did not start: ${stderr}`);
  const image = new SharedArrayBuffer(memory.buffer.byteLength);
  new Uint8Array(image).set(new Uint8Array(memory.buffer));
  return { memory: image, stackPointer: python.stack_pointer.value, run };
}

export interface RunnerOptions {
  /** Without its data, which the image holds. */
  readonly module: WebAssembly.Module;
  readonly image: Image;
  readonly maxPages: number;
  /** Bytes, for each of the two outputs. */
  readonly outputLimit: number;
}

/** Runs programs, each from the same image: nothing that one does can be seen by the next. */
export class ImageRunner {
  private readonly image: Uint8Array;
  private ready: { memory: WebAssembly.Memory; host: ProgramHost; python: PythonExports } | null = null;

  constructor(private readonly options: RunnerOptions) {
    this.image = new Uint8Array(options.image.memory);
  }

  /** Runs UTF-8 source to its end, however long that takes. */
  run(source: Uint8Array<ArrayBuffer>): ProgramResult {
    const { memory, host, python } = (this.ready ??= this.instance());
    const { image, outputLimit } = this.options;
    new Uint8Array(memory.buffer).set(this.image);
    python.stack_pointer.value = image.stackPointer;
    host.reset(source, outputLimit);
    const vectorcall = new DataView(memory.buffer).getUint32(image.run + VECTORCALL_OFFSET, true);
    const ending = endingOf(() => python.table.get(vectorcall)(image.run, 0, 0, 0));
    // Memory cannot shrink, and an instance that did not end well is not trusted with another program.
    if (ending.end !== 'exit' || memory.buffer.byteLength !== this.image.length) this.ready = null;
    return { ...ending, ...host.output() };
  }

  private instance(): NonNullable<typeof this.ready> {
    const { module, maxPages } = this.options;
    const memory = new WebAssembly.Memory({ initial: this.image.length / PAGE_BYTES, maximum: maxPages });
    const host = new ProgramHost(memory);
    return { memory, host, python: instantiate(module, memory, host) };
  }
}

function endingOf(call: () => void): Ending {
  try {
    call();
    // `run` exits, unless it fails itself: then there was no memory left to show an error with.
    return { end: 'crash', reason: 'MemoryError' };
  } catch (error) {
    if (error instanceof ProgramExit) return { end: 'exit', status: error.status };
    if (error instanceof OutputLimit) return { end: 'output_limit' };
    if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) return crash(error);
    throw error;
  }
}

/** The interpreter's own stack lies below all its data, so running over it leaves the memory; V8's stack can overflow too. */
function crash(error: Error): Ending {
  const overflow = error instanceof RangeError || error.message.includes('out of bounds');
  return { end: 'crash', reason: overflow ? 'RecursionError: stack overflow' : error.message };
}
