/** Brings a database up to the schema of this version. */
import { createDataSource } from './data-source.js';

/** Any number that nothing else locks; several processes that start at once migrate one after the other. */
const MIGRATION_LOCK = 4_902_117;

/** Runs the migrations that the database lacks, and answers their names. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const dataSource = createDataSource(databaseUrl);
  await dataSource.initialize();
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const done = await dataSource.runMigrations();
    return done.map((migration) => migration.name);
  } finally {
    // The lock is the connection's, and goes with it.
    await dataSource.destroy();
  }
}
