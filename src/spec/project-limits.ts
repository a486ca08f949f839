/** How much of the service a project may take. Whoever carries a limit out decides what happens at it. */
import { z } from 'zod';

const limit = (description: string, max = Number.MAX_SAFE_INTEGER) =>
  z.int().min(1).max(max).nullable().describe(description);

export const ProjectLimits = z
  .strictObject({
    requests_per_minute: limit(
      'Of each of its keys, which may send as many at once. More are refused (429).',
      1_000_000,
    ),
    active_runs: limit('Worked on at the same time. More wait in the queue.'),
    sampled_tokens_per_day: limit(
      'Of its runs and evaluations, from midnight to midnight UTC. A run that reaches it finishes its step, writes a checkpoint, and goes on the next day.',
    ),
    stored_bytes: limit(
      'Of its datasets, models, checkpoints and exports. Beyond it new ones, and new runs, are refused (403); what is under way goes on.',
    ),
    dataset_rows: limit('Of all its datasets. A dataset with which there would be more fails.'),
  })
  .meta({ id: 'ProjectLimits', description: 'What a project may take of the service; null: there is no limit.' });
export type ProjectLimits = z.infer<typeof ProjectLimits>;

export const NO_LIMITS: ProjectLimits = Object.freeze({
  requests_per_minute: null,
  active_runs: null,
  sampled_tokens_per_day: null,
  stored_bytes: null,
  dataset_rows: null,
});
