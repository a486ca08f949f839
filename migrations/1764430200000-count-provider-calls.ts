import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CountProviderCalls1764430200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE provider_calls (
        project_id text NOT NULL,
        provider text NOT NULL,
        day date NOT NULL,
        calls integer NOT NULL,
        CONSTRAINT pk_provider_calls PRIMARY KEY (project_id, provider, day)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE provider_calls');
  }
}
