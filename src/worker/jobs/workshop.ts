/** What the processors of all kinds of job are given. A plain bag, made once by the composition root. */
import type { DataSource } from 'typeorm';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import type { TrainerLimits } from '../trainer/trainer-limits.js';

export interface Workshop {
  readonly dataSource: DataSource;
  readonly blobs: BlobStore;
  /** CPU threads of a trainer; 0: the engine chooses. */
  readonly threads: number;
  /** Programs that one job may run at the same time. */
  readonly pythonPool: number;
  /** The script of the trainer; absent: the compiled one. */
  readonly trainerEntry?: string | undefined;
  readonly trainerLimits?: TrainerLimits | undefined;
}
