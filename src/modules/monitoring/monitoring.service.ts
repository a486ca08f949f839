/** Figures for Prometheus: of this process, of its requests, and of the work in the database. */
import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { RequestTimer } from '../../http/request-timer.js';
import { countActiveJobs } from '../../store/jobs.js';

@Injectable()
export class MonitoringService {
  private readonly registry = new Registry();
  private readonly jobs = new Gauge({
    name: 'bough_jobs',
    help: 'Jobs by kind and status; those that ended are not counted',
    labelNames: ['kind', 'status'] as const,
    registers: [this.registry],
  });
  private readonly runs = new Gauge({
    name: 'bough_runs',
    help: 'Runs by status',
    labelNames: ['status'] as const,
    registers: [this.registry],
  });
  private readonly workers = new Gauge({
    name: 'bough_workers_online',
    help: 'Workers heard from in the last minute',
    registers: [this.registry],
  });

  constructor(
    private readonly dataSource: DataSource,
    requests: RequestTimer,
  ) {
    collectDefaultMetrics({ register: this.registry });
    this.registry.registerMetric(requests.durations);
  }

  async text(): Promise<string> {
    await this.readDatabase();
    return this.registry.metrics();
  }

  private async readDatabase(): Promise<void> {
    const [jobs, runs, workers] = await Promise.all([
      countActiveJobs(this.dataSource.manager),
      this.dataSource.query<{ status: string; count: number }[]>(
        'SELECT status, count(*)::int FROM runs WHERE deleted_at IS NULL GROUP BY status',
      ),
      this.dataSource.query<{ count: number }[]>(
        `SELECT count(*)::int FROM workers WHERE last_heartbeat_at > now() - interval '1 minute'`,
      ),
    ]);
    this.jobs.reset();
    for (const { kind, status, count } of jobs) this.jobs.set({ kind, status }, count);
    this.runs.reset();
    for (const { status, count } of runs) this.runs.set({ status }, count);
    this.workers.set(workers[0]?.count ?? 0);
  }
}
