/** Whether this process can serve requests. Redis is not asked: without it workers find their jobs by polling. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { BLOB_STORE } from '../../store/store.module.js';
import type { Health } from './health.schema.js';

const LIMIT_MS = 3000;

@Injectable()
export class HealthService {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(BLOB_STORE) private readonly blobs: Pick<BlobStore, 'reach'>,
  ) {}

  /** @throws {AppError} NOT_READY naming what is missing */
  async ready(): Promise<Health> {
    const missing = await Promise.all([within('database', this.database()), within('bucket', this.bucket())]);
    const waitingFor = missing.filter((one) => one !== null);
    if (waitingFor.length > 0) throw new AppError('NOT_READY', { waitingFor });
    return { status: 'ok' };
  }

  private async database(): Promise<string | null> {
    return (await this.dataSource.showMigrations()) ? 'migrations' : null;
  }

  private async bucket(): Promise<null> {
    await this.blobs.reach?.(AbortSignal.timeout(LIMIT_MS));
    return null;
  }
}

/** What is missing; `what` when it fails to say so in time. */
function within(what: string, missing: Promise<string | null>): Promise<string | null> {
  return Promise.race([missing.catch(() => what), sleep(LIMIT_MS, what, { ref: false })]);
}
