/** Exports of models and checkpoints. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateExports1764000000000 implements MigrationInterface {
  name = 'CreateExports1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE exports (
        id text NOT NULL,
        project_id text NOT NULL,
        model_id text NOT NULL,
        format text NOT NULL,
        dtype text NOT NULL,
        status text NOT NULL DEFAULT 'processing',
        error jsonb,
        size_bytes bigint,
        files jsonb NOT NULL DEFAULT '[]',
        metadata jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        deleted_at timestamptz,
        CONSTRAINT pk_exports PRIMARY KEY (id)
      )`);
    await queryRunner.query('CREATE INDEX ix_exports_project_id_id ON exports (project_id, id)');
    await queryRunner.query('CREATE INDEX ix_exports_model_id ON exports (model_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE exports');
  }
}
