/** Two suites: `unit` beside the sources, and `e2e` against a real PostgreSQL and Redis, two files at a time. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The threads that tests start from source need Node itself to load TypeScript. */
const execArgv = ['--import', join(import.meta.dirname, 'test/support/typescript.mjs')];

export default defineConfig({
  test: {
    // Of tests that load onnxruntime-node by themselves.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,openapi,cli,examples,bench,test,web}/**/*.test.ts'],
          testTimeout: 30_000,
          // By default one core is left for Vitest itself, which on two cores halves what is done at once.
          maxWorkers: availableParallelism(),
          // Loading the sources anew for each file takes longer than all of the tests. They share modules, and leave none of them changed.
          isolate: false,
          execArgv,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          // Each file has a database and processes of its own, which often wait; more at once would starve each other.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          execArgv,
        },
      },
    ],
  },
});
