/** Brings the database of DATABASE_URL up to this version and ends; a deployment runs it before API and worker. */
import { ConfigError } from './config/config-error.js';
import { loadDatabaseUrl } from './config/config.js';
import { migrate } from './store/migrate.js';

try {
  const names = await migrate(loadDatabaseUrl());
  console.log(names.length === 0 ? 'The database is up to date.' : `Migrated: ${names.join(', ')}`);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
