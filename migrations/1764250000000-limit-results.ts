import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Specs from before tool results were limited: a result could fill the response. */
export class LimitResults1764250000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews']) {
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{rollout,max_result_tokens}', "spec" #> '{rollout,max_response_tokens}')
         WHERE "spec" #> '{rollout,max_response_tokens}' IS NOT NULL`,
      );
    }
    await queryRunner.query(
      `UPDATE "evaluations" SET "spec" = jsonb_set("spec", '{sampling,max_result_tokens}', "spec" #> '{sampling,max_response_tokens}')`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" #- '{rollout,max_result_tokens}'`);
    await queryRunner.query(`UPDATE "evaluations" SET "spec" = "spec" #- '{sampling,max_result_tokens}'`);
  }
}
