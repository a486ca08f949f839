/** Secrets of projects, sealed with the operator's key. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSecrets1764330000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE secrets (
        id text NOT NULL,
        project_id text NOT NULL,
        name text NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_secrets PRIMARY KEY (id)
      )`);
    await queryRunner.query('CREATE UNIQUE INDEX ix_secrets_project_id_name ON secrets (project_id, name)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE secrets');
  }
}
