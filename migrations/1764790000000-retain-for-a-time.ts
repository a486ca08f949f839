import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long a project's data of ended runs is kept. */
export class RetainForATime1764790000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "projects" ADD "retention" jsonb NOT NULL DEFAULT '{}'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "projects" DROP COLUMN "retention"`);
  }
}
