/** The folder of work in progress, one below it per worker. What workers that are gone have left is deleted. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Raw, type DataSource } from 'typeorm';
import { Worker } from '../../store/entities/worker.entity.js';

/** Seconds of silence after which a worker on this machine is taken for dead. */
const DEAD_AFTER_S = 300;

/** @returns this worker's own folder, empty */
export async function openScratch(dataSource: DataSource, root: string, workerId: string): Promise<string> {
  const own = join(root, workerId);
  await mkdir(own, { recursive: true });
  const alive = await dataSource.manager.find(Worker, {
    select: { id: true },
    where: {
      lastHeartbeatAt: Raw((column) => `${column} > clock_timestamp() - make_interval(secs => ${DEAD_AFTER_S})`),
    },
  });
  const keep = new Set([workerId, ...alive.map(({ id }) => id)]);
  for (const name of await readdir(root)) {
    if (!keep.has(name)) await rm(join(root, name), { recursive: true, force: true });
  }
  return own;
}
