/** What the API answers about workers. */
import { z } from 'zod';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { pageOf } from '../../http/answer/page.js';
import { JOB_KINDS } from '../../store/entities/job.entity.js';
import type { Worker } from '../../store/entities/worker.entity.js';
import { WORKER_SILENCE_MS } from '../../store/online-workers.js';

export const WorkerObject = z
  .object({
    id: z.string(),
    object: z.literal('worker'),
    created_at: Seconds,
    name: z.string().describe('As the operator calls it; else its id.'),
    online: z.boolean().describe('Whether it was heard from in the last minute.'),
    accelerator: z.string(),
    device: z.record(z.string(), z.unknown()),
    memory_bytes: z.int().nullable(),
    versions: z.record(z.string(), z.string()),
    busy: z.boolean().describe('With work of any project.'),
    current_jobs: z
      .array(z.object({ kind: z.enum(JOB_KINDS), subject_id: z.string() }))
      .describe(
        'Of this project: a run, an evaluation, a model or a dataset. None once the worker is offline: others take its work up.',
      ),
    started_at: Seconds,
    last_heartbeat_at: Seconds,
  })
  .meta({ id: 'Worker' });
export type WorkerObject = z.infer<typeof WorkerObject>;

export const WorkerList = pageOf(WorkerObject, 'WorkerList');

/** @param projectId whose jobs may be shown */
export function workerObject(worker: Worker, projectId: string, now: number): WorkerObject {
  const online = now - worker.lastHeartbeatAt.getTime() < WORKER_SILENCE_MS;
  const jobs = online ? worker.currentJobs : [];
  return {
    id: worker.id,
    object: 'worker',
    created_at: seconds(worker.createdAt),
    name: worker.name,
    online,
    accelerator: worker.accelerator,
    device: worker.device,
    memory_bytes: worker.memoryBytes,
    versions: worker.versions,
    busy: jobs.length > 0,
    current_jobs: jobs
      .filter((job) => job.project_id === projectId)
      .map(({ kind, subject_id }) => ({ kind, subject_id })),
    started_at: seconds(worker.startedAt),
    last_heartbeat_at: seconds(worker.lastHeartbeatAt),
  };
}
