/** How long a project's data of ended runs is kept. Who clears it away is not known here. */
import { z } from 'zod';

const days = (what: string) =>
  z.int().min(1).max(36_500).nullable().describe(`${what}, this many days after their run has ended.`);

export const Retention = z
  .strictObject({
    trajectories_days: days(
      'Trees with their trajectories, the updates that were made of them and the journal of tool calls are deleted',
    ),
    events_days: days('Events are deleted'),
    checkpoints_days: days('Checkpoints are deleted, the final and the best one too'),
    checkpoints_per_run: z
      .int()
      .min(1)
      .max(10_000)
      .nullable()
      .describe(
        'Of a run that has ended, checkpoints beyond so many of the newest, the final and the best one are deleted.',
      ),
  })
  .meta({
    id: 'Retention',
    description:
      'What is kept of runs that have succeeded, failed or been cancelled; null: for ever. Runs that can still go on keep everything, and so does what queued or running work uses. Looked after once an hour; bytes are freed an hour later, where nothing else has them.',
  });
export type Retention = z.infer<typeof Retention>;

export const KEEP_ALL: Retention = Object.freeze({
  trajectories_days: null,
  events_days: null,
  checkpoints_days: null,
  checkpoints_per_run: null,
});
