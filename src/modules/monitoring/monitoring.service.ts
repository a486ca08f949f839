/** Figures for Prometheus: of this process, of its requests, and of the work in the database, which every API process tells alike. */
import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { RequestTimer } from '../../http/request-timer.js';
import { countActiveJobs } from '../../store/jobs.js';
import { WORKER_IS_ONLINE } from '../../store/online-workers.js';

/** A figure with a label; the rows of a query say which values it has. */
interface Figure {
  readonly help: string;
  readonly label: string;
  /** Counters only rise; what they count is kept when runs are deleted. */
  readonly counts?: true;
  /** Rows of `label` and `value`. */
  readonly query: string;
}

const OF_ACTIVE_RUNS = `FROM runs, jsonb_each_text(latest_metrics) AS metric WHERE status = 'running'`;

const FIGURES: Readonly<Record<string, Figure>> = {
  bough_runs: {
    help: 'Runs by status',
    label: 'status',
    query: 'SELECT status AS label, count(*) AS value FROM runs WHERE deleted_at IS NULL GROUP BY status',
  },
  bough_oldest_queued_seconds: {
    help: 'How long the job has waited that has waited longest, by lane',
    label: 'lane',
    query: `SELECT lane AS label, extract(epoch FROM clock_timestamp() - min(available_at)) AS value
            FROM jobs WHERE status = 'queued' AND available_at <= clock_timestamp() GROUP BY lane`,
  },
  bough_worker_heartbeat_age_seconds: {
    help: 'Seconds since each worker was heard from; one that stops in order is no longer listed',
    label: 'worker',
    query: `SELECT name AS label, max(extract(epoch FROM clock_timestamp() - last_heartbeat_at)) AS value
            FROM workers GROUP BY name`,
  },
  bough_step_seconds: {
    help: 'Seconds that the last step of the runs under way took on average, by part: sample, tools, score, update, store',
    label: 'part',
    query: `SELECT substring(key FROM 'time/(.*)_s') AS label, avg(value::float8) AS value
            ${OF_ACTIVE_RUNS} AND key LIKE 'time/%' GROUP BY 1`,
  },
  bough_step_tool_errors: {
    help: 'Tool calls that failed in the last step of the runs under way, by tool',
    label: 'tool',
    query: `SELECT substring(key FROM 'tools/(.*)/errors') AS label, sum(value::float8) AS value
            ${OF_ACTIVE_RUNS} AND key LIKE 'tools/%/errors' GROUP BY 1`,
  },
  bough_tokens_total: {
    help: 'Tokens of runs and evaluations: prompt, sampled, trained',
    label: 'kind',
    counts: true,
    query: `SELECT label, value FROM (SELECT sum(prompt_tokens) AS prompt, sum(sampled_tokens) AS sampled,
              sum(trained_tokens) AS trained FROM project_usage) AS usage,
            LATERAL (VALUES ('prompt', prompt), ('sampled', sampled), ('trained', trained)) AS each (label, value)`,
  },
  bough_tool_calls_total: {
    help: 'Tool calls of runs and evaluations, by project',
    label: 'project',
    counts: true,
    query: 'SELECT project_id AS label, sum(tool_calls) AS value FROM project_usage GROUP BY project_id',
  },
};

@Injectable()
export class MonitoringService {
  private readonly registry = new Registry();
  private readonly jobs = new Gauge({
    name: 'bough_jobs',
    help: 'Jobs by kind and status; those that ended are not counted',
    labelNames: ['kind', 'status'] as const,
    registers: [this.registry],
  });
  private readonly workers = new Gauge({
    name: 'bough_workers_online',
    help: 'Workers heard from in the last minute',
    registers: [this.registry],
  });
  private readonly figures = Object.entries(FIGURES).map(([name, { help, label, counts, query }]) => {
    const settings = { name, help, labelNames: [label], registers: [this.registry] };
    return { label, query, metric: counts ? new Counter(settings) : new Gauge(settings) };
  });

  constructor(
    private readonly dataSource: DataSource,
    requests: RequestTimer,
  ) {
    collectDefaultMetrics({ register: this.registry });
    this.registry.registerMetric(requests.durations);
  }

  async text(): Promise<string> {
    await Promise.all([this.readJobs(), this.readWorkers(), ...this.figures.map((figure) => this.read(figure))]);
    return this.registry.metrics();
  }

  private async readJobs(): Promise<void> {
    const jobs = await countActiveJobs(this.dataSource.manager);
    this.jobs.reset();
    for (const { kind, status, count } of jobs) this.jobs.set({ kind, status }, count);
  }

  private async readWorkers(): Promise<void> {
    const [row] = await this.dataSource.query<{ count: number }[]>(
      `SELECT count(*)::int FROM workers WHERE ${WORKER_IS_ONLINE}`,
    );
    this.workers.set(row?.count ?? 0);
  }

  private async read({ label, query, metric }: (typeof this.figures)[number]): Promise<void> {
    const rows = await this.dataSource.query<{ label: string; value: string | number | null }[]>(query);
    metric.reset();
    for (const row of rows) metric.inc({ [label]: row.label }, Number(row.value ?? 0));
  }
}
