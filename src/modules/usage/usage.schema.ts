/** What the API answers about the use of the service, and what it takes for that. */
import { z } from 'zod';
import { ProjectLimits } from '../../spec/project-limits.js';
import { Retention } from '../../spec/retention.js';

export const MAX_DAYS = 366;

const Day = z.iso.date();
/** PostgreSQL knows no year 0, in which a client has used nothing. */
const AskedDay = Day.refine((day) => day >= '1970-01-01', 'must not be before 1970-01-01');

export const UsageQuery = z.strictObject({
  from: AskedDay.optional().describe('First day, in UTC. Default: 30 days before the last.'),
  to: AskedDay.optional().describe('Last day. Default: today.'),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

const counts = {
  prompt_tokens: z.int(),
  sampled_tokens: z.int(),
  trained_tokens: z.int(),
  tool_calls: z.int(),
  wall_time_s: z.number().describe('Of trainers.'),
};

export const ProjectUsageObject = z
  .object({
    object: z.literal('usage'),
    project: z.string(),
    limits: ProjectLimits,
    retention: Retention,
    stored_bytes: z
      .int()
      .describe('Of datasets, models, checkpoints and exports, now. What equals in several counts for each.'),
    dataset_rows: z.int().describe('Of all datasets, now.'),
    active_runs: z.int().describe('Worked on now.'),
    total: z.object(counts).describe('Of these days.'),
    days: z.array(z.object({ day: Day, ...counts })).describe('Those on which there was something, in order.'),
  })
  .meta({
    id: 'ProjectUsage',
    description:
      'What runs, evaluations and chats have cost, deleted ones too. A step that is done again after a failure counts once; a step or an evaluation counts on the day on ' +
      'which it ends. Previews do not count.',
  });
export type ProjectUsageObject = z.infer<typeof ProjectUsageObject>;
