/** Clears away what is no longer needed: unreferenced bytes, old idempotency keys and previews, workers long gone, what projects keep no longer. One process at a time does it. */
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { sweepBlobs } from '../../store/blobs/sweep-blobs.js';
import { patiently } from '../../store/patiently.js';
import { BLOB_STORE } from '../../store/store.module.js';
import { deleteOldDeliveries } from '../../store/webhooks.js';
import { applyRetention } from './apply-retention.js';
import { deleteOldPreviews } from './delete-old-previews.js';

const EVERY_MS = 3_600_000;
/** Any number that nothing else locks. */
const LOCK = 4_902_118;

@Injectable()
export class MaintenanceService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(MaintenanceService.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.tidy(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async tidy(): Promise<void> {
    try {
      const deleted = await this.once();
      if (deleted !== null) this.logger.log(`Tidied up: ${deleted} unreferenced blobs deleted`);
    } catch (error) {
      this.logger.error({ err: error }, 'Tidying up failed; it is tried again in an hour');
    }
  }

  /** How many blobs were deleted; null when another process is at it. */
  private once(): Promise<number | null> {
    return patiently(this.dataSource, async (manager) => {
      const lock = 'SELECT pg_try_advisory_lock($1) AS taken';
      const [row] = await manager.query<{ taken: boolean }[]>(lock, [LOCK]);
      if (!row?.taken) return null;
      try {
        await manager.query(`DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`);
        await deleteOldPreviews(manager);
        await deleteOldDeliveries(manager);
        await applyRetention({ manager });
        await manager.query(`DELETE FROM workers WHERE last_heartbeat_at < now() - interval '7 days'`);
        return await sweepBlobs(manager, this.blobs);
      } finally {
        await manager.query('SELECT pg_advisory_unlock($1)', [LOCK]);
      }
    });
  }
}
