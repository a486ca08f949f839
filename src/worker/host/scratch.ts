/** The folder of work in progress, one below it per worker. What workers that are gone have left is deleted. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';

/** Seconds of silence after which a worker is taken for dead, whatever else is known of it. */
const DEAD_AFTER_S = 300;

/** Of workers that have not been silent for long; `before`: it began before this process. */
const HEARD_OF = `
  SELECT id, host, pid, started_at < clock_timestamp() - make_interval(secs => $2) AS before FROM workers
  WHERE last_heartbeat_at > clock_timestamp() - make_interval(secs => $1)`;

interface HeardOf {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly before: boolean;
}

/** @returns this worker's own folder, empty */
export async function openScratch(dataSource: DataSource, root: string, workerId: string): Promise<string> {
  const own = join(root, workerId);
  await mkdir(own, { recursive: true });
  const heardOf = await dataSource.query<HeardOf[]>(HEARD_OF, [DEAD_AFTER_S, process.uptime()]);
  const keep = new Set([workerId, ...heardOf.filter((worker) => !isKnownDead(worker)).map(({ id }) => id)]);
  for (const name of await readdir(root)) {
    if (!keep.has(name)) await rm(join(root, name), { recursive: true, force: true });
  }
  return own;
}

/** Whether a worker that was killed a moment ago was a process of this host: its id is nobody's by now, or this process's own. */
function isKnownDead({ host, pid, before }: HeardOf): boolean {
  if (host !== hostname()) return false;
  if (pid === process.pid) return before;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
