/** The benchmarks of the service by name. A table; runs nothing. */
import type { ServiceBenchmark } from './benchmark.js';
import { chat } from './chat.js';
import { claims } from './claims.js';
import { events } from './events.js';
import { getRun } from './get-run.js';
import { ingest } from './ingest.js';
import { listRuns } from './list-runs.js';
import { recording } from './recording.js';
import { trajectories } from './trajectories.js';
import { upload } from './upload.js';

export const serviceBenchmarks = {
  'get-run': getRun,
  'list-runs': listRuns,
  ingest,
  upload,
  trajectories,
  events,
  claims,
  recording,
  chat,
} as const satisfies Record<string, ServiceBenchmark>;

export type ServiceBenchmarkName = keyof typeof serviceBenchmarks;
export const serviceBenchmarkNames = Object.keys(serviceBenchmarks) as ServiceBenchmarkName[];
