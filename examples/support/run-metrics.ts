/** Metrics of a run, step by step. */
import { unwrap } from 'bough/client';
import type { Client } from './client.js';

/** The values of a metric at each step that has it, in order. */
export async function metricOf({ bough }: Client, run: string, name: string): Promise<number[]> {
  const query = { names: [name], limit: 10_000 };
  const { data } = unwrap(await bough.api.GET('/v1/runs/{id}/metrics', { params: { path: { id: run }, query } }));
  return data.flatMap(({ metrics }) => metrics[name] ?? []);
}

/** The sum of a metric over all steps, such as the seconds that something took. */
export async function sumOf(client: Client, run: string, name: string): Promise<number> {
  const values = await metricOf(client, run, name);
  return values.reduce((sum, value) => sum + value, 0);
}
