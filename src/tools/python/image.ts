/**
 * A started interpreter, frozen: the bytes of its memory and how to go on from there. Starting CPython takes some 400 ms of processor time,
 * copying its memory back one. Runs inside a thread, and knows nothing of threads.
 */
import type { SharedFiles } from './drive.js';
import { ProgramExit, ProgramHost } from './host.js';
import { launcher } from './launcher.js';
import { OutputLimit } from './output.js';

export const PAGE_BYTES = 65536;
const MAX_PAGES = 65536;
/**
 * The stack that a program gets, behind the image, because the binary's own of half a MiB lasts for 90 to 300 calls that pass through C. It is
 * address space: only what is used becomes memory. A runaway program must meet the end of V8's stack first, which is an exception, and not the
 * end of this one, which is its own data: the greediest recursion known takes 38 MiB of it until then, most take 20.
 */
const STACK_BYTES = 128 * 2 ** 20;
/** The part of the stack that is cleared before each program; one that was here has used no more, or its memory is given up. */
const SHALLOW_BYTES = 2 ** 19;
/** Offset of PyFunctionObject.vectorcall in CPython 3.11 on wasm32. */
const VECTORCALL_OFFSET = 60;

export interface Image {
  readonly memory: SharedArrayBuffer;
  /** Address of the Python function that reads a program from standard input, runs it and exits. */
  readonly run: number;
}

/** An image, and the files that its programs can read. */
export interface Interpreter {
  readonly name: 'plain' | 'packages';
  readonly image: Image;
  readonly files: SharedFiles;
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

/**
 * Starts the interpreter from the module with its data, and keeps its memory when it has imported everything.
 * @param files an archive of packages to import too, by its name; or none
 */
export function makeImage(module: WebAssembly.Module, initialPages: number, files: SharedFiles): Image {
  const memory = new WebAssembly.Memory({ initial: initialPages });
  const [archive] = Object.keys(files);
  const source = launcher(archive === undefined ? null : `/${archive}`);
  // With a fixed hash seed, sets of strings have the same order in every call.
  const host = new ProgramHost(memory, files, { args: ['python', '-c', source], env: { PYTHONHASHSEED: '0' } });
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
  return { memory: image, run };
}

export interface RunnerOptions {
  /** Without its data, which the image holds. */
  readonly module: WebAssembly.Module;
  /** The stack comes on top. */
  readonly maxPages: number;
  /** Bytes, for each of the two outputs. */
  readonly outputLimit: number;
}

/** Runs programs, each from the same image: nothing that one does can be seen by the next. */
export class ImageRunner {
  private readonly image: Uint8Array;
  private ready: { memory: WebAssembly.Memory; host: ProgramHost; python: PythonExports } | null = null;

  constructor(
    private readonly options: RunnerOptions,
    private readonly interpreter: Interpreter,
  ) {
    this.image = new Uint8Array(interpreter.image.memory);
  }

  /** Runs UTF-8 source to its end, however long that takes. */
  run(source: Uint8Array<ArrayBuffer>): ProgramResult {
    const { outputLimit, maxPages } = this.options;
    const { image } = this.interpreter;
    if (this.image.length > maxPages * PAGE_BYTES) {
      const needed = Math.ceil(this.image.length / 2 ** 20);
      return { end: 'crash', reason: `MemoryError: its packages alone take ${needed} MB`, stdout: '', stderr: '' };
    }
    const { memory, host, python } = (this.ready ??= this.instance());
    const stackTop = this.image.length + STACK_BYTES;
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(this.image);
    bytes.fill(0, stackTop - SHALLOW_BYTES, stackTop);
    python.stack_pointer.value = stackTop;
    host.reset(source, outputLimit);
    const vectorcall = new DataView(memory.buffer).getUint32(image.run + VECTORCALL_OFFSET, true);
    const ending = endingOf(() => python.table.get(vectorcall)(image.run, 0, 0, 0));
    // Memory cannot shrink, a deep stack is not cleared, and an instance that did not end well is not trusted with another program.
    const isAsBefore =
      memory.buffer.byteLength === stackTop && !hasBytes(memory, stackTop - SHALLOW_BYTES - PAGE_BYTES);
    if (ending.end !== 'exit' || !isAsBefore) this.ready = null;
    return { ...ending, ...host.output() };
  }

  private instance(): NonNullable<typeof this.ready> {
    const { module, maxPages } = this.options;
    const stackPages = STACK_BYTES / PAGE_BYTES;
    const memory = new WebAssembly.Memory({
      initial: this.image.length / PAGE_BYTES + stackPages,
      maximum: Math.min(maxPages + stackPages, MAX_PAGES),
    });
    const host = new ProgramHost(memory, this.interpreter.files);
    return { memory, host, python: instantiate(module, memory, host) };
  }
}

/** Whether anything was written to the page at `start`: no call's part of the stack is as large. */
function hasBytes(memory: WebAssembly.Memory, start: number): boolean {
  return new BigUint64Array(memory.buffer, start, PAGE_BYTES / 8).some((word) => word !== 0n);
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

/** V8's stack ends with a RangeError. A pointer that leaves the memory is most likely a stack's, too. */
function crash(error: Error): Ending {
  const overflow = error instanceof RangeError || error.message.includes('out of bounds');
  return { end: 'crash', reason: overflow ? 'RecursionError: stack overflow' : error.message };
}
