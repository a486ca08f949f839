/** A thread that starts the interpreter once, hands over its image and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SharedFiles } from './drive.js';
import { makeImage } from './image.js';

export interface BootThreadData {
  readonly module: WebAssembly.Module;
  readonly initialPages: number;
  readonly files: SharedFiles;
}

const { module, initialPages, files } = workerData as BootThreadData;
parentPort?.postMessage(makeImage(module, initialPages, files));
