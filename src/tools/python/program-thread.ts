/** A thread that runs one program after another, each from an image. It is stopped from outside. */
import { parentPort, workerData } from 'node:worker_threads';
import { ImageRunner, type Interpreter, type RunnerOptions } from './image.js';

export interface Program {
  /** UTF-8. */
  readonly source: Uint8Array<ArrayBuffer>;
  readonly interpreter: Interpreter;
}

const runners = new Map<string, ImageRunner>();

function runnerFor(interpreter: Interpreter): ImageRunner {
  const runner = runners.get(interpreter.name) ?? new ImageRunner(workerData as RunnerOptions, interpreter);
  runners.set(interpreter.name, runner);
  return runner;
}

parentPort?.on('message', ({ source, interpreter }: Program) =>
  parentPort?.postMessage(runnerFor(interpreter).run(source)),
);
parentPort?.postMessage('ready');
