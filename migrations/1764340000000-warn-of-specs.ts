import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['runs', 'run_previews', 'models'];

export class WarnOfSpecs1764340000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await queryRunner.query(`ALTER TABLE "${table}" ADD "warnings" jsonb NOT NULL DEFAULT '[]'`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await queryRunner.query(`ALTER TABLE "${table}" DROP COLUMN "warnings"`);
  }
}
