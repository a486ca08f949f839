/** What this worker's trainers can compute on. Found once, when the worker starts, by a trainer's process that tries it: a driver may end the process that loads it. */
import { Logger } from '@nestjs/common';
import type { Accelerator, Provider } from '../../spec/accelerator.js';
import { nodeTrainer, TRAINER_ENTRY, TrainerProcess } from '../trainer/trainer-process.js';
import { graphicsAdapters } from './graphics-adapters.js';

/** Time for a driver to start and to compile its first kernel. */
const LIMIT_MS = 60_000;

const logger = new Logger('Accelerator');

export class WorkerAccelerator {
  private constructor(
    /** The best that it has. A processor it has always. */
    readonly best: Provider,
    /** Of the graphics processor; null: there is none. */
    readonly gpu: { readonly name: string; readonly software: boolean } | null,
  ) {}

  static readonly cpu = new WorkerAccelerator('cpu', null);

  /**
   * @param setting `auto`: a graphics processor where the machine has one that works, else the processor; `webgpu` also takes an adapter in software
   * @throws where `webgpu` is asked for and does not work: says why
   */
  static async find(setting: Provider | 'auto', entry = TRAINER_ENTRY): Promise<WorkerAccelerator> {
    if (setting === 'cpu') return WorkerAccelerator.cpu;
    const [name] = await graphicsAdapters();
    if (setting === 'auto' && name === undefined) return WorkerAccelerator.cpu;
    const fault = await tryWebGpu(entry);
    if (fault === null) {
      return new WorkerAccelerator('webgpu', { name: name ?? 'an adapter in software', software: name === undefined });
    }
    const reason = `WebGPU does not work here (${fault}): it takes libvulkan1 and the graphics processor's own driver`;
    if (setting === 'webgpu') throw new Error(`WORKER_ACCELERATOR=webgpu: ${reason}`);
    logger.warn(`${name} is not used, jobs run on the processor: ${reason}`);
    return WorkerAccelerator.cpu;
  }

  /** What a job that this worker has claimed is computed on. */
  providerFor(wanted: Accelerator): Provider {
    if (wanted === 'auto') return this.gpu && !this.gpu.software ? this.best : 'cpu';
    return wanted === 'webgpu' ? 'webgpu' : 'cpu';
  }

  /** What jobs that it may claim ask for. */
  get serves(): readonly Accelerator[] {
    return this.best === 'cpu' ? ['auto', 'cpu'] : ['auto', 'cpu', this.best];
  }
}

/** What went wrong, on one line; null: nothing. */
async function tryWebGpu(entry: string): Promise<string | null> {
  const trainer = new TrainerProcess(nodeTrainer(entry, '--probe', 'webgpu'), () => undefined);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    trainer.kill();
  }, LIMIT_MS);
  const { code, signal, startError, tail } = await trainer.exited;
  clearTimeout(timer);
  if (code === 0) return null;
  if (isLate) return `the first kernel took more than ${LIMIT_MS / 1000} s`;
  if (startError) return startError.message;
  return tail.at(-1)?.trim().slice(0, 500) || `the process that tried it ended with ${signal ?? code}`;
}
