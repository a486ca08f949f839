/** `GET /v1/runs` against a bare Nest route. */
import { againstBare } from './against-bare.js';
import type { ServiceBenchmark } from './benchmark.js';
import { insertRun } from './runs.js';

const RUNS = 40;

export const listRuns: ServiceBenchmark = {
  title: 'Listing runs',
  how: '`GET /v1/runs`, 20 to a page, half of them in the queue, over 10 connections, against a bare Nest route that answers the same JSON from memory.',
  rounds: 8,
  run: async (service, options) => {
    for (let i = 0; i < RUNS; i++) await insertRun(service, i % 2 === 0 ? 'succeeded' : 'queued');
    return againstBare(service, { ...options, what: 'a list of 20 runs', path: '/v1/runs?limit=20' });
  },
};
