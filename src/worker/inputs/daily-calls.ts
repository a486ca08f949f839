/** Counts the calls of a project to a provider of web search, which cost money, over all workers. */
import type { DataSource } from 'typeorm';
import { isWebSearch } from '../../spec/tools/search.js';
import type { ResolvedToolSpec } from '../../spec/tools/index.js';
import { retryTransient } from '../claim/retry-transient.js';

/** Counts the call unless the day (UTC) has had so many. */
const SPEND = `
  INSERT INTO provider_calls (project_id, provider, day, calls) VALUES ($1, $2, (now() AT TIME ZONE 'UTC')::date, 1)
  ON CONFLICT (project_id, provider, day) DO UPDATE SET calls = provider_calls.calls + 1 WHERE provider_calls.calls < $3
  RETURNING calls`;

export class DailyCalls {
  constructor(
    private readonly dataSource: DataSource,
    private readonly projectId: string,
  ) {}

  /** Counts a call of this tool, and says whether it may be made; null: the tool is not counted. */
  of(spec: ResolvedToolSpec): ((signal: AbortSignal) => Promise<boolean>) | null {
    if (spec.type !== 'search' || !isWebSearch(spec)) return null;
    const parameters = [this.projectId, spec.provider, spec.daily_calls];
    return async (signal) => {
      const counted = await retryTransient(() => this.dataSource.query<unknown[]>(SPEND, parameters), signal);
      return counted.length > 0;
    };
  }
}
