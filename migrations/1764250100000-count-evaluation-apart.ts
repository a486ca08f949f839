import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What runs from before have spent on evaluation is in their other counts, and cannot be told from them any more. */
export class CountEvaluationApart1764250100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `UPDATE "runs" SET "usage" = "usage" ||
         '{"evaluation": {"prompt_tokens": 0, "sampled_tokens": 0, "tool_calls": 0, "tool_calls_linear_equivalent": 0}}'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE "runs" SET "usage" = "usage" - 'evaluation'`);
  }
}
