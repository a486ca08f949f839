/** This worker's row: who it is, what it computes on, what it works on, and that it lives. */
import { createRequire } from 'node:module';
import { cpus, hostname, totalmem } from 'node:os';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { BOUGH_VERSION } from '../../config/package.js';
import { Worker, type CurrentJob } from '../../store/entities/worker.entity.js';
import { newId } from '../../store/ids.js';
import type { HostPython } from '../../tools/host-python/host-python.js';
import { hasSitePackages } from '../../tools/python/site-packages.js';
import { WHEELS } from '../../tools/python/wheels.js';
import type { WorkerAccelerator } from './accelerator.js';
import type { WorkerTrainer } from './worker-trainer.js';
import type { Lanes } from '../lanes/lanes.js';

const HEARTBEAT_MS = 5000;

export class Registration {
  readonly workerId = newId('worker');
  private readonly logger = new Logger(Registration.name);
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly name: string | undefined,
    private readonly accelerator: WorkerAccelerator,
    private readonly hostPython: HostPython | null,
    private readonly trainer: WorkerTrainer,
  ) {}

  async start(lanes: Lanes): Promise<void> {
    const [cpu] = cpus();
    const { best, gpu } = this.accelerator;
    const { name, capabilities, worldSize } = this.trainer;
    await this.dataSource.manager.insert(Worker, {
      id: this.workerId,
      name: this.name ?? this.workerId,
      host: hostname(),
      pid: process.pid,
      accelerator: best,
      device: {
        cpu: cpu?.model ?? 'unknown',
        cores: cpus().length,
        architecture: process.arch,
        ...(gpu && { gpu }),
        ...(capabilities && { trainer: { name, capabilities, world_size: worldSize } }),
      },
      memoryBytes: totalmem(),
      versions: {
        bough: BOUGH_VERSION,
        node: process.versions.node,
        onnxruntime: onnxruntimeVersion(),
        ...this.pythonPackages(),
        ...(this.hostPython && { host_python: this.hostPython.version }),
      },
    });
    this.timer = setInterval(() => this.beat(lanes), HEARTBEAT_MS);
  }

  /** The row goes with the worker. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    await this.dataSource.manager.delete(Worker, this.workerId);
  }

  /** Says now what the worker does. */
  beat(lanes: Lanes): void {
    this.beating = this.beating.then(() => this.write(lanes));
  }

  private pythonPackages(): Record<string, string> {
    if (hasSitePackages()) return Object.fromEntries(WHEELS.map(({ name, version }) => [name, version]));
    const names = WHEELS.map(({ name }) => name).join(' and ');
    this.logger.warn(`Programs cannot import ${names} here: \`npm run python-packages\` fetches them`);
    return {};
  }

  private async write(lanes: Lanes): Promise<void> {
    const currentJobs = lanes.all.flatMap(({ current }): CurrentJob[] =>
      current
        ? [{ job_id: current.id, kind: current.kind, subject_id: current.subjectId, project_id: current.projectId }]
        : [],
    );
    try {
      const changes = { currentJobs, lastHeartbeatAt: () => 'clock_timestamp()' };
      await this.dataSource.manager.update(Worker, this.workerId, changes);
    } catch (error) {
      this.logger.warn(`no heartbeat: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function onnxruntimeVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('onnxruntime-node/package.json') as { version: string }).version;
}
