/** A thread that starts the interpreter once, hands over its image and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { makeImage } from './image.js';

export interface BootThreadData {
  readonly module: WebAssembly.Module;
  readonly initialPages: number;
}

const { module, initialPages } = workerData as BootThreadData;
parentPort?.postMessage(makeImage(module, initialPages));
