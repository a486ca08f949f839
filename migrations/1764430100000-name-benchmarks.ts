import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Specs of evaluations say of which benchmark they are, and items how many tokens the model wrote. */
export class NameBenchmarks1764430100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE "evaluations" SET "spec" = '{"benchmark": null, "category": null}' || "spec"`);
    await queryRunner.query(`ALTER TABLE "evaluation_items" ADD "model_tokens" integer`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE "evaluations" SET "spec" = "spec" - 'benchmark' - 'category'`);
    await queryRunner.query(`ALTER TABLE "evaluation_items" DROP COLUMN "model_tokens"`);
  }
}
