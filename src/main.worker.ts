/** The worker process: claims work, supervises trainers, runs tools and rewards for them, and writes everything to the store. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ConfigError } from './config/config-error.js';
import { loadConfig } from './config/config.js';
import { startTracing } from './tracing/tracing.js';
import { WorkerLogger } from './worker/host/worker-logger.js';
import { WorkerModule } from './worker.module.js';

try {
  const config = loadConfig();
  await startTracing('bough-worker', config);
  const logger = new WorkerLogger(config.logLevel);
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(config), { logger, abortOnError: false });
  const stop = async () => {
    setTimeout(() => process.exit(1), config.shutdownTimeoutS * 1000).unref();
    await app.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
