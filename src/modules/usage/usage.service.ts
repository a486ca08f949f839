/** What a project uses of the service: now, and on each day. */
import { Injectable } from '@nestjs/common';
import { Between, DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { NO_LIMITS } from '../../spec/project-limits.js';
import { KEEP_ALL } from '../../spec/retention.js';
import { ProjectUsage } from '../../store/entities/project-usage.entity.js';
import { Project } from '../../store/entities/project.entity.js';
import { countActiveRuns } from '../../store/jobs.js';
import { storedBy } from '../../store/usage.js';
import { MAX_DAYS, type ProjectUsageObject, type UsageQuery } from './usage.schema.js';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 31;

@Injectable()
export class UsageService {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws {AppError} NOT_FOUND when there is no such project */
  async of(projectId: string, query: UsageQuery): Promise<ProjectUsageObject> {
    const { from, to } = daysOf(query);
    const { manager } = this.dataSource;
    const project = await manager.findOneBy(Project, { id: projectId });
    if (!project) throw new AppError('NOT_FOUND', { object: 'project', id: projectId });
    const rows = await manager.find(ProjectUsage, {
      where: { projectId, day: Between(from, to) },
      order: { day: 'ASC' },
    });
    const { bytes, rows: datasetRows } = await storedBy(manager, projectId);
    const days = rows.map((row) => ({ day: row.day, ...countsOf(row) }));
    return {
      object: 'usage',
      project: projectId,
      limits: { ...NO_LIMITS, ...project.limits },
      retention: { ...KEEP_ALL, ...project.retention },
      stored_bytes: bytes,
      dataset_rows: datasetRows,
      active_runs: await countActiveRuns(manager, projectId),
      total: days.reduce(added, { ...NOTHING }),
      days,
    };
  }
}

/** @throws {AppError} INVALID_REQUEST for days that are in no order, or too many */
function daysOf({ from, to }: UsageQuery): { from: string; to: string } {
  const last = to ?? new Date().toISOString().slice(0, 10);
  const first = from ?? new Date(Date.parse(last) - (DEFAULT_DAYS - 1) * DAY_MS).toISOString().slice(0, 10);
  const days = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
  if (days < 1) throw AppError.invalid('from', `must not be after the last day, ${last}`);
  if (days > MAX_DAYS) throw AppError.invalid('from', `must be within ${MAX_DAYS} days of the last day, ${last}`);
  return { from: first, to: last };
}

type Counts = ProjectUsageObject['total'];

const NOTHING: Counts = { prompt_tokens: 0, sampled_tokens: 0, trained_tokens: 0, tool_calls: 0, wall_time_s: 0 };

function countsOf(row: ProjectUsage): Counts {
  return {
    prompt_tokens: row.promptTokens,
    sampled_tokens: row.sampledTokens,
    trained_tokens: row.trainedTokens,
    tool_calls: row.toolCalls,
    wall_time_s: row.wallTimeS,
  };
}

function added(sum: Counts, day: Counts): Counts {
  return {
    prompt_tokens: sum.prompt_tokens + day.prompt_tokens,
    sampled_tokens: sum.sampled_tokens + day.sampled_tokens,
    trained_tokens: sum.trained_tokens + day.trained_tokens,
    tool_calls: sum.tool_calls + day.tool_calls,
    wall_time_s: sum.wall_time_s + day.wall_time_s,
  };
}
