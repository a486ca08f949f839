/** What the processors of all kinds of job are given. A plain bag, made once by the composition root. */
import type { DataSource } from 'typeorm';
import type { AddressGuard } from '../../outgoing/address-guard.js';
import type { ChatBus } from '../../queue/chat-bus.js';
import type { OneTimeSecrets } from '../../queue/one-time-secrets.js';
import type { JudgeEndpoint } from '../../rewards/create-reward.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import type { ProjectSecrets } from '../../store/project-secrets.js';
import type { HostPython } from '../../tools/host-python/host-python.js';
import type { WorkerAccelerator } from '../host/accelerator.js';
import type { WorkerTrainer } from '../host/worker-trainer.js';
import type { TrainerLimits } from '../trainer/trainer-limits.js';

export interface WorkerDependencies {
  readonly dataSource: DataSource;
  readonly blobs: BlobStore;
  /** What the API hands over for a job, to be taken once. */
  readonly secrets: OneTimeSecrets;
  readonly projectSecrets: ProjectSecrets;
  /** What trainers compute on. */
  readonly accelerator: WorkerAccelerator;
  /** What trains runs; all other jobs are done by Bough's own trainer. */
  readonly trainer: WorkerTrainer;
  /** Chats between API and workers. */
  readonly chats: ChatBus;
  /** CPU threads of a trainer; 0: the engine chooses. */
  readonly threads: number;
  /** What a trainer may use; undefined: what the machine has. */
  readonly memoryBytes?: number | undefined;
  /** The machine's Python; null: it is not offered to tools. */
  readonly hostPython: HostPython | null;
  /** Programs that one job may run at the same time. */
  readonly pythonPool: number;
  /** The folder that models may be taken from; undefined: none may. */
  readonly modelsDir: string | undefined;
  /** The Hugging Face Hub or a mirror of it. */
  readonly hfEndpoint: string;
  /** The operator's endpoint for judges; null: there is none. */
  readonly judge: JudgeEndpoint | null;
  /** Of the addresses that requests may go to which users have named. */
  readonly guard: AddressGuard;
  /** What a dataset's file may have, also once it is unpacked. */
  readonly maxUploadBytes: number;
  /** Of all the files of one model. */
  readonly maxModelBytes: number;
  /** The script of the trainer; absent: the compiled one. */
  readonly trainerEntry?: string | undefined;
  readonly trainerLimits?: TrainerLimits | undefined;
}
