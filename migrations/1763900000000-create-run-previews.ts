/** Previews of runs, with what their rehearsals found. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRunPreviews1763900000000 implements MigrationInterface {
  name = 'CreateRunPreviews1763900000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE run_previews (
        id text NOT NULL,
        project_id text NOT NULL,
        status text NOT NULL DEFAULT 'processing',
        spec jsonb,
        problems jsonb NOT NULL,
        rehearsal jsonb,
        error jsonb,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_run_previews PRIMARY KEY (id)
      )`);
    await queryRunner.query('CREATE INDEX ix_run_previews_created_at ON run_previews (created_at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE run_previews');
  }
}
