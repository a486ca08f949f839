/** What a project uses: counted by day as workers compute, and what it has stored now. Refuses nothing: see quotas.ts. */
import type { EntityManager } from 'typeorm';

export interface UsageDelta {
  readonly prompt_tokens: number;
  readonly sampled_tokens: number;
  readonly trained_tokens: number;
  readonly tool_calls: number;
  readonly wall_time_s: number;
}

/** Today's date, in UTC whatever the connection's time zone is. */
export const TODAY = `(clock_timestamp() AT TIME ZONE 'UTC')::date`;

/**
 * Adds to what the project has used today, in the transaction that records the work.
 * @returns the tokens that it may sample in a day, where it has done so; null: it may go on
 */
export async function recordUsage(
  manager: EntityManager,
  projectId: string,
  usage: UsageDelta,
): Promise<number | null> {
  const [row] = await manager.query<{ limit: number | null }[]>(
    `WITH today AS (
       INSERT INTO project_usage AS day (project_id, day, prompt_tokens, sampled_tokens, trained_tokens, tool_calls, wall_time_s)
       VALUES ($1, ${TODAY}, $2, $3, $4, $5, $6)
       ON CONFLICT (project_id, day) DO UPDATE SET
         prompt_tokens = day.prompt_tokens + excluded.prompt_tokens,
         sampled_tokens = day.sampled_tokens + excluded.sampled_tokens,
         trained_tokens = day.trained_tokens + excluded.trained_tokens,
         tool_calls = day.tool_calls + excluded.tool_calls,
         wall_time_s = day.wall_time_s + excluded.wall_time_s
       RETURNING project_id, sampled_tokens
     )
     SELECT (limits ->> 'sampled_tokens_per_day')::float8 AS "limit" FROM projects JOIN today ON today.project_id = projects.id
     WHERE today.sampled_tokens >= (limits ->> 'sampled_tokens_per_day')::float8`,
    [projectId, usage.prompt_tokens, usage.sampled_tokens, usage.trained_tokens, usage.tool_calls, usage.wall_time_s],
  );
  return row?.limit ?? null;
}

export interface Stored {
  /** Of each object, though equal bytes are stored once. */
  readonly bytes: number;
  readonly rows: number;
}

export async function storedBy(manager: EntityManager, projectId: string): Promise<Stored> {
  const [row] = await manager.query<{ bytes: string; rows: string }[]>(
    `WITH mine AS (
       SELECT size_bytes AS bytes, coalesce(num_examples, 0) AS rows FROM datasets WHERE project_id = $1 AND deleted_at IS NULL
       UNION ALL SELECT size_bytes, 0 FROM checkpoints WHERE project_id = $1 AND deleted_at IS NULL
       UNION ALL SELECT coalesce(size_bytes, 0), 0 FROM exports WHERE project_id = $1 AND deleted_at IS NULL
       UNION ALL SELECT (file ->> 'size_bytes')::bigint, 0 FROM models, jsonb_array_elements(files) AS file
         WHERE project_id = $1 AND deleted_at IS NULL
     )
     SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(rows), 0) AS rows FROM mine`,
    [projectId],
  );
  return { bytes: Number(row?.bytes), rows: Number(row?.rows) };
}
