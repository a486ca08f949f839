/** A worker as a process of its own that uses the scripted trainer, for tests that kill it. Its settings come from the environment. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { loadConfig } from '../../src/config/config.js';
import { WorkerModule } from '../../src/worker.module.js';

const trainerEntry = process.env['SCRIPTED_TRAINER'];
const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(loadConfig(), { trainerEntry }), {
  logger: ['error', 'warn', 'fatal'],
});
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
