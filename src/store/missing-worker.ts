/** What work waits for that is not there yet: a worker that has what it asks for. */
import type { EntityManager } from 'typeorm';
import type { Accelerator } from '../spec/accelerator.js';
import { WORKER_IS_ONLINE } from './online-workers.js';

/** A warning; none where a worker that is online has it. A processor is what all workers have. */
export async function missingWorker(manager: EntityManager, accelerator: Accelerator): Promise<string[]> {
  if (accelerator === 'auto' || accelerator === 'cpu') return [];
  const serving = await manager.query<unknown[]>(
    `SELECT FROM workers WHERE accelerator = $1 AND ${WORKER_IS_ONLINE} LIMIT 1`,
    [accelerator],
  );
  if (serving.length > 0) return [];
  return [`accelerator: no worker that is online has ${accelerator}: it waits until one is started`];
}
