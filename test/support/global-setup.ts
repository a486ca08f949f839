/**
 * Gives the e2e suite one PostgreSQL and one Redis: those of TEST_DATABASE_URL and TEST_REDIS_URL, else embedded ones
 * that live as long as the suite. Migrates a template database, of which every test file gets a copy.
 */
import { join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { startServices, type Services } from '../../src/embedded/services.js';
import { FolderInUseError } from '../../src/embedded/supervisor-state.js';
import { migrate } from '../../src/store/migrate.js';

export const templateDatabase = 'bough_template';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
    redisUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await startInFreeFolder();
  try {
    await createTemplate(services.databaseUrl);
  } catch (error) {
    await services.stop();
    throw error;
  }
  project.provide('databaseUrl', services.databaseUrl);
  project.provide('redisUrl', services.redisUrl);
  return services.stop;
}

/** Several suites may run beside each other, each in a folder of its own; a folder is used again by later suites. */
async function startInFreeFolder(): Promise<Services> {
  for (let slot = 1; ; slot++) {
    try {
      return await startServices({
        dataDir: join(import.meta.dirname, `../../.bough/test-${slot}`),
        log: (line) => console.log(line),
        databaseUrl: process.env['TEST_DATABASE_URL'],
        redisUrl: process.env['TEST_REDIS_URL'],
        durable: false,
      });
    } catch (error) {
      if (!(error instanceof FolderInUseError)) throw error;
    }
  }
}

async function createTemplate(databaseUrl: string): Promise<void> {
  const admin = new Client({ connectionString: databaseUrl });
  await admin.connect();
  try {
    await admin.query(`DROP DATABASE IF EXISTS ${templateDatabase} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${templateDatabase}`);
  } finally {
    await admin.end();
  }
  const url = new URL(databaseUrl);
  url.pathname = `/${templateDatabase}`;
  await migrate(url.href);
}
