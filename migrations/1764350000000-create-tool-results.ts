/** Answers of users’ servers, to be used again. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateToolResults1764350000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE tool_results (
        project_id text NOT NULL,
        key text NOT NULL,
        outcome text NOT NULL,
        text text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_tool_results PRIMARY KEY (project_id, key)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE tool_results');
  }
}
