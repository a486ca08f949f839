import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Corpora keep the index that they are searched with; those before get one when they are searched next. */
export class IndexCorpora1764710000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "datasets" ADD "search_index" jsonb`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "datasets" DROP COLUMN "search_index"`);
  }
}
