/**
 * Compares the migrations with the entities, on an empty PostgreSQL of its own.
 *
 *     npm run migration:check             says what the entities have and the migrations do not make; fails if anything
 *     npm run migration:generate <name>   writes a migration that makes it, to be read and edited before it is committed
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure, root } from './ensure.mjs';

const [command, name] = process.argv.slice(2);
if (command !== 'check' && !(command === 'generate' && /^[a-z]+(-[a-z]+)+$/.test(name ?? ''))) {
  console.error('Usage: migration.mjs check | generate <verb-noun>');
  process.exit(2);
}

ensure();
const { startServices } = await import('../dist/src/embedded/services.js');
const { createDataSource } = await import('../dist/src/store/data-source.js');

const dataDir = mkdtempSync(join(tmpdir(), 'bough-migration-'));
// No queue is needed: the address is never used.
const services = await startServices({ dataDir, log: console.log, redisUrl: 'redis://unused', durable: false });
try {
  const dataSource = await createDataSource(services.databaseUrl).initialize();
  await dataSource.runMigrations();
  const { upQueries, downQueries } = await dataSource.driver.createSchemaBuilder().log();
  await dataSource.destroy();
  if (upQueries.length === 0) console.log('The migrations make what the entities describe.');
  else if (command === 'generate') write(upQueries, downQueries);
  else {
    console.log(`The migrations lack:\n${upQueries.map(({ query }) => `  ${query};`).join('\n')}`);
    process.exitCode = 1;
  }
} finally {
  await services.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

function write(upQueries, downQueries) {
  const time = Date.now();
  const className = name.replace(/(^|-)([a-z])/g, (_match, _dash, letter) => letter.toUpperCase()) + time;
  const statements = (queries) =>
    queries.map(({ query }) => `    await queryRunner.query(${JSON.stringify(query)});`).join('\n');
  const path = join(root, 'migrations', `${time}-${name}.ts`);
  writeFileSync(
    path,
    `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${className} implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
${statements(upQueries)}
  }

  async down(queryRunner: QueryRunner): Promise<void> {
${statements(downQueries.toReversed())}
  }
}
`,
  );
  console.log(`Wrote ${path}: read it, add it to migrations/index.ts, and run npm run format.`);
}
