/** Calls off what an interrupted example has left in its data folder, which the worker would finish before anything new. */
import { BoughError, unwrap } from 'bough/client';
import type { Client } from './client.js';

export async function cancelLeftovers({ bough, screen, signal }: Client): Promise<void> {
  const { api } = bough;
  const runs = unwrap(
    await api.GET('/v1/runs', {
      params: { query: { limit: 100, status: ['queued', 'preparing', 'running', 'recovering', 'cancelling'] } },
    }),
  ).data;
  const evaluations = unwrap(
    await api.GET('/v1/evaluations', {
      params: { query: { limit: 100, status: ['queued', 'running', 'cancelling'] } },
    }),
  ).data;
  for (const { id } of [...runs, ...evaluations]) {
    screen.say(`  cancelling ${id}, which an earlier start has left`);
    const params = { path: { id } };
    if (id.startsWith('run_')) {
      await unlessOver(async () => unwrap(await api.POST('/v1/runs/{id}/cancel', { params })));
      await bough.waitForRun(id, { signal });
    } else {
      await unlessOver(async () => unwrap(await api.POST('/v1/evaluations/{id}/cancel', { params })));
      await bough.waitForEvaluation(id, { signal });
    }
  }
}

/** What has ended in the meantime need not be cancelled. */
async function unlessOver(cancel: () => Promise<unknown>): Promise<void> {
  try {
    await cancel();
  } catch (error) {
    if (!(error instanceof BoughError) || error.status !== 409) throw error;
  }
}
