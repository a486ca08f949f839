/** Whether this process can serve requests. Redis is not asked: without it workers find their jobs by polling. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { Health } from './health.schema.js';

const LIMIT_MS = 3000;

@Injectable()
export class HealthService {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws {AppError} NOT_READY naming what is missing */
  async ready(): Promise<Health> {
    const missing = await Promise.race([this.missing(), sleep(LIMIT_MS, 'database', { ref: false })]);
    if (missing !== null) throw new AppError('NOT_READY', { waitingFor: [missing] });
    return { status: 'ok' };
  }

  private async missing(): Promise<string | null> {
    try {
      return (await this.dataSource.showMigrations()) ? 'migrations' : null;
    } catch {
      return 'database';
    }
  }
}
