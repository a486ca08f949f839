/** A thread that runs one program after another, each from the same image. It is stopped from outside. */
import { parentPort, workerData } from 'node:worker_threads';
import { ImageRunner, type RunnerOptions } from './image.js';

const runner = new ImageRunner(workerData as RunnerOptions);
parentPort?.on('message', (source: Uint8Array<ArrayBuffer>) => parentPort?.postMessage(runner.run(source)));
parentPort?.postMessage('ready');
