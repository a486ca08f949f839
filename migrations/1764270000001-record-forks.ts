import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RecordForks1764270000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "segments" ADD "forks" jsonb`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "segments" DROP COLUMN "forks"`);
  }
}
