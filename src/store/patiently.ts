/** Time for what may take long in a process that otherwise waits briefly: deletions of many rows, tidying up. */
import type { Socket } from 'node:net';
import type { Client } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { SILENCE_MS } from './data-source.js';

/**
 * Does the work on one connection, which may be silent for as long as those of a worker.
 * @param work its manager uses that connection, in transactions too
 */
export async function patiently<T>(dataSource: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    const socket = ((await runner.connect()) as Client).connection.stream as Socket;
    const { timeout = 0 } = socket;
    socket.setTimeout(SILENCE_MS);
    try {
      return await work(runner.manager);
    } finally {
      socket.setTimeout(timeout);
    }
  } finally {
    await runner.release();
  }
}
