import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Evaluations say what they are computed on; those before took what there was. */
export class PlaceEvaluations1764700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE "evaluations" SET "spec" = '{"accelerator": "auto"}' || "spec"`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE "evaluations" SET "spec" = "spec" - 'accelerator'`);
  }
}
