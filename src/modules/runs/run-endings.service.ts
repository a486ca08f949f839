/** Cancelling and deleting runs. Both lock the job before the run, as workers do. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answer/answers.js';
import { findOwned } from '../../http/find-owned.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { FINAL_RUN_STATUSES } from '../../spec/enums.js';
import { Run } from '../../store/entities/run.entity.js';
import { deleteRescoresOf } from '../../store/delete-rescores.js';
import { appendEvent } from '../../store/events.js';
import { cancelJob, deleteJob, lockJob } from '../../store/jobs.js';
import { patiently } from '../../store/patiently.js';
import { endUses } from '../../store/uses.js';
import { deleteCheckpoints } from './delete-checkpoints.js';
import { runObject, type RunObject } from './run.schema.js';

@Injectable()
export class RunEndingsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly idempotency: Idempotency,
  ) {}

  /** A run that nobody has begun is cancelled at once; another one when its worker has stopped it. Cancelling again changes nothing. */
  async cancel(request: IdempotentRequest, id: string): Promise<RunObject> {
    return this.idempotency.once(request, async (manager) => {
      const { projectId } = request;
      const before = await findOwned(manager, Run, 'run', { projectId, id });
      if (before.status === 'succeeded' || before.status === 'failed') refuseFinished(before);
      const outcome = await cancelJob(manager, 'run.train', id);
      const run = await findOwned(manager, Run, 'run', { projectId, id }, { lock: true });
      if (outcome === 'over' && (run.status === 'succeeded' || run.status === 'failed')) refuseFinished(run);
      if (outcome === 'cancelled') await noteCancelled(manager, run);
      else if (outcome === 'asked' && run.status !== 'cancelling') await noteCancelling(manager, id);
      return runObject(await findOwned(manager, Run, 'run', { projectId, id }), null);
    });
  }

  /** Deletes a finished run with its events, trees, checkpoints and rescores. */
  async delete(projectId: string, id: string): Promise<Deleted> {
    await patiently(this.dataSource, (connection) =>
      connection.transaction(async (manager) => {
        await findOwned(manager, Run, 'run', { projectId, id });
        await lockJob(manager, 'run.train', id);
        const run = await findOwned(manager, Run, 'run', { projectId, id }, { lock: true });
        if (!FINAL_RUN_STATUSES.includes(run.status)) {
          throw new AppError('RUN_NOT_FINISHED', { runId: id, status: run.status });
        }
        await deleteCheckpoints(manager, id);
        await deleteRescoresOf(manager, id);
        await endUses(manager, [id]);
        for (const table of [
          'run_events',
          'run_steps',
          'run_updates',
          'trees',
          'tool_journal',
          'run_integrations',
          'external_rollouts',
        ]) {
          await manager.query(`DELETE FROM ${table} WHERE run_id = $1`, [id]);
        }
        await deleteJob(manager, 'run.train', id);
        await manager.query('UPDATE runs SET deleted_at = clock_timestamp(), checkpoints_count = 0 WHERE id = $1', [
          id,
        ]);
      }),
    );
    return { id, object: 'run', deleted: true };
  }
}

function refuseFinished({ id, status }: Run): never {
  throw new AppError('RUN_FINISHED', { runId: id, status, action: 'cancelled' });
}

async function noteCancelled(manager: EntityManager, { id, startedAt }: Run): Promise<void> {
  await manager.query(
    `UPDATE runs SET status = 'cancelled', finished_at = clock_timestamp(), estimated_finish_at = NULL WHERE id = $1`,
    [id],
  );
  const message = `The run was cancelled before a worker ${startedAt ? 'went on with' : 'began'} it`;
  await appendEvent(manager, id, { level: 'info', type: 'run.cancelled', message });
}

async function noteCancelling(manager: EntityManager, id: string): Promise<void> {
  await manager.update(Run, { id }, { status: 'cancelling' });
  await appendEvent(manager, id, { level: 'info', type: 'run.cancelling', message: 'The run is asked to stop' });
}
