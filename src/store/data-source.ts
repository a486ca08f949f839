/** The connection to PostgreSQL, with every entity and migration. Connects and migrates only when it is told to. */
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { entities } from './entities/index.js';
import { SnakeNamingStrategy } from './naming-strategy.js';

/** @param databaseUrl `postgres://user:password@host:5432/database` */
export function createDataSource(databaseUrl: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities,
    migrations,
    namingStrategy: new SnakeNamingStrategy(),
    migrationsTransactionMode: 'each',
    applicationName: 'bough',
    installExtensions: false,
    extra: { max: 20, connectionTimeoutMillis: 10_000 },
    synchronize: false,
    logging: false,
  });
}
