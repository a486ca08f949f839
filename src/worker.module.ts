/** Composes a worker: store, queues, and the parts that claim, supervise and record. Loads no HTTP. */
import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Config } from './config/config.js';
import { AddressGuard } from './outgoing/address-guard.js';
import { judgeEndpoint } from './rewards/open-reward.js';
import { ChatBus } from './queue/chat-bus.js';
import { JobTickets } from './queue/job-tickets.js';
import { OneTimeSecrets } from './queue/one-time-secrets.js';
import { QueueModule } from './queue/queue.module.js';
import type { BlobStore } from './store/blobs/blob-store.js';
import type { JobLane } from './store/entities/job.entity.js';
import { ProjectSecrets } from './store/project-secrets.js';
import { BLOB_STORE, StoreModule } from './store/store.module.js';
import { TracingModule } from './tracing/tracing.module.js';
import { DatasetImportProcessor } from './worker/dataset/dataset-import.processor.js';
import { EvaluationRunProcessor } from './worker/evaluation/evaluation-run.processor.js';
import { ModelExportProcessor } from './worker/export/model-export.processor.js';
import { WorkerAccelerator } from './worker/host/accelerator.js';
import { Registration } from './worker/host/registration.js';
import { openScratch } from './worker/host/scratch.js';
import { WorkerTrainer } from './worker/host/worker-trainer.js';
import { WorkerHost } from './worker/host/worker-host.js';
import { JobRunner, type JobProcessors } from './worker/jobs/job-runner.js';
import type { WorkerDependencies } from './worker/jobs/worker-dependencies.js';
import { ModelCreateProcessor } from './worker/model/model-create.processor.js';
import { ModelImportProcessor } from './worker/model/model-import.processor.js';
import { ModelServeProcessor } from './worker/chat/model-serve.processor.js';
import { RunPreviewProcessor } from './worker/preview/run-preview.processor.js';
import { RunRescoreProcessor } from './worker/rescore/run-rescore.processor.js';
import { RunTrainProcessor } from './worker/run/run-train.processor.js';
import { findHostPython } from './tools/host-python/find-host-python.js';
import { HostPython } from './tools/host-python/host-python.js';
import { Lane } from './worker/lanes/lane.js';
import { Lanes } from './worker/lanes/lanes.js';
import { TicketRefill } from './worker/lanes/ticket-refill.js';
import { ticketProcessors } from './worker/lanes/ticket.processors.js';

/** What tests replace. */
export interface WorkerOverrides extends Pick<WorkerDependencies, 'trainerEntry' | 'trainerLimits'> {
  /** What a preview may take. */
  readonly previewLimitMs?: number | undefined;
}

/** Of the time for shutting down: what trainers that do not come to the end of their step need to be stopped. */
const STOPPING_S = 8;

@Module({})
export class WorkerModule {
  static forRoot(config: Config, { previewLimitMs, ...overrides }: WorkerOverrides = {}): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        // Once its lease has run out, a worker that stands still must not keep its job by a lock.
        StoreModule.forRoot(config, { idleInTransactionMs: config.workerLeaseS * 1000 }),
        QueueModule.forRoot(config.redisUrl),
        TracingModule,
      ],
      providers: [
        {
          provide: WorkerAccelerator,
          // Another trainer finds its own devices.
          useFactory: () =>
            config.trainer === 'onnxruntime'
              ? WorkerAccelerator.find(config.workerAccelerator, overrides.trainerEntry)
              : WorkerAccelerator.cpu,
        },
        { provide: WorkerTrainer, useFactory: () => WorkerTrainer.find(config) },
        { provide: HostPython, useFactory: () => offeredPython(config.hostPython) },
        {
          provide: Registration,
          useFactory: (
            dataSource: DataSource,
            accelerator: WorkerAccelerator,
            hostPython: HostPython | null,
            trainer: WorkerTrainer,
          ) => new Registration(dataSource, config.workerName, accelerator, hostPython, trainer),
          inject: [DataSource, WorkerAccelerator, HostPython, WorkerTrainer],
        },
        {
          provide: JobRunner,
          useFactory: async (
            dataSource: DataSource,
            blobs: BlobStore,
            secrets: OneTimeSecrets,
            projectSecrets: ProjectSecrets,
            chats: ChatBus,
            { workerId }: Registration,
            accelerator: WorkerAccelerator,
            hostPython: HostPython | null,
            trainer: WorkerTrainer,
          ) =>
            new JobRunner(
              dataSource,
              processors(
                {
                  ...dependenciesOf(config, {
                    dataSource,
                    blobs,
                    secrets,
                    projectSecrets,
                    chats,
                    accelerator,
                    hostPython,
                    trainer,
                  }),
                  ...overrides,
                },
                previewLimitMs,
              ),
              {
                workerId,
                leaseS: config.workerLeaseS,
                maxAttempts: config.workerMaxAttempts,
                scratchRoot: await openScratch(dataSource, scratchDir(config), workerId),
                drainS: Math.max(0, config.shutdownTimeoutS - STOPPING_S),
              },
            ),
          inject: [
            DataSource,
            BLOB_STORE,
            OneTimeSecrets,
            ProjectSecrets,
            ChatBus,
            Registration,
            WorkerAccelerator,
            HostPython,
            WorkerTrainer,
          ],
        },
        {
          provide: Lanes,
          useFactory: (
            registration: Registration,
            runner: JobRunner,
            { serves: accelerators }: WorkerAccelerator,
            hostPython: HostPython | null,
            { capabilities, worldSize }: WorkerTrainer,
          ) => {
            const offer = {
              workerId: registration.workerId,
              accelerators,
              hasHostPython: hostPython !== null,
              trainer: capabilities,
              worldSize,
            };
            const laneOf = (lane: JobLane): Lane =>
              new Lane({
                lane,
                claim: () => runner.claim({ lane, leaseS: config.workerLeaseS, ...offer }),
                run: (job) => runner.run(job),
                onChange: () => registration.beat(lanes),
              });
            const lanes = new Lanes(laneOf);
            return lanes;
          },
          inject: [Registration, JobRunner, WorkerAccelerator, HostPython, WorkerTrainer],
        },
        {
          provide: TicketRefill,
          useFactory: (dataSource: DataSource, tickets: JobTickets) => new TicketRefill(dataSource, tickets),
          inject: [DataSource, JobTickets],
        },
        {
          provide: WorkerHost,
          useFactory: (
            registration: Registration,
            runner: JobRunner,
            lanes: Lanes,
            refill: TicketRefill,
            tickets: JobTickets,
          ) =>
            new WorkerHost(
              { registration, runner, lanes, refill, tickets },
              { databaseUrl: config.databaseUrl, scratchRoot: join(scratchDir(config), registration.workerId) },
            ),
          inject: [Registration, JobRunner, Lanes, TicketRefill, JobTickets],
        },
        ...ticketProcessors,
      ],
    };
  }
}

/** @throws where a Python is named that cannot be offered: says why */
async function offeredPython(path: string | undefined): Promise<HostPython | null> {
  if (path === undefined) return null;
  return findHostPython(path).catch((error: Error) => {
    throw new Error(
      `HOST_PYTHON=${path}: programs cannot be shut in here (it takes bubblewrap from 0.8): ${error.message}`,
    );
  });
}

const scratchDir = ({ dataDir }: Config) => join(dataDir, 'scratch');

function dependenciesOf(
  config: Config,
  parts: Pick<
    WorkerDependencies,
    'dataSource' | 'blobs' | 'secrets' | 'projectSecrets' | 'chats' | 'accelerator' | 'hostPython' | 'trainer'
  >,
): WorkerDependencies {
  const guard = new AddressGuard(config.allowedNetworks);
  return {
    ...parts,
    threads: config.trainerThreads,
    memoryBytes: config.trainerMemoryBytes,
    pythonPool: config.pythonPool,
    modelsDir: config.modelsDir,
    hfEndpoint: config.hfEndpoint,
    guard,
    judge: judgeEndpoint(config, guard),
    maxUploadBytes: config.maxUploadBytes,
    maxModelBytes: config.maxModelBytes,
  };
}

/** A kind of job without a processor does not compile. */
function processors(dependencies: WorkerDependencies, previewLimitMs?: number): JobProcessors {
  return {
    'run.train': new RunTrainProcessor(dependencies),
    'run.preview': new RunPreviewProcessor(dependencies, previewLimitMs),
    'run.rescore': new RunRescoreProcessor(dependencies),
    'evaluation.run': new EvaluationRunProcessor(dependencies),
    'model.create': new ModelCreateProcessor(dependencies),
    'model.import': new ModelImportProcessor(dependencies),
    'model.export': new ModelExportProcessor(dependencies),
    'model.serve': new ModelServeProcessor(dependencies),
    'dataset.import': new DatasetImportProcessor(dependencies),
  };
}
