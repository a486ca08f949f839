/** `GET /v1/runs/{id}` against a bare Nest route. */
import { againstBare } from './against-bare.js';
import type { ServiceBenchmark } from './benchmark.js';
import { insertRun } from './runs.js';

export const getRun: ServiceBenchmark = {
  title: 'Reading one run',
  how: '`GET /v1/runs/{id}` of a finished run and of one in the queue, over 10 connections, against a bare Nest route that answers the same JSON from memory.',
  rounds: 8,
  run: async (service, options) => {
    const results = [];
    for (const status of ['succeeded', 'queued'] as const) {
      const { id } = await insertRun(service, status);
      const what = status === 'succeeded' ? 'a finished run' : 'a queued run';
      results.push(...(await againstBare(service, { ...options, what, path: `/v1/runs/${id}` })));
    }
    return results;
  },
};
