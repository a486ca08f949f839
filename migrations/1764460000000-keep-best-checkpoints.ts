import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs evaluate on several named sets, keep their best checkpoint and may end early; those before had one set, called by the id of its dataset. */
export class KeepBestCheckpoints1764460000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "checkpoints" ADD "best_step" integer');
    await queryRunner.query('ALTER TABLE "runs" ADD "best_checkpoint" jsonb');
    await queryRunner.query('ALTER TABLE "runs" ADD "ended_early" jsonb');
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{evaluation}', jsonb_build_object(
           'every_steps', "spec" #> '{evaluation,every_steps}',
           'sets', jsonb_build_array(jsonb_build_object(
             'name', "spec" #> '{evaluation,dataset}',
             'dataset', "spec" #> '{evaluation,dataset}',
             'limit', "spec" #> '{evaluation,limit}')),
           'best', NULL))
         WHERE "spec" #> '{evaluation,dataset}' IS NOT NULL`,
      );
  }

  /** Of several sets the first stays. */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{evaluation}', jsonb_build_object(
           'every_steps', "spec" #> '{evaluation,every_steps}',
           'dataset', "spec" #> '{evaluation,sets,0,dataset}',
           'limit', "spec" #> '{evaluation,sets,0,limit}'))
         WHERE "spec" #> '{evaluation,sets}' IS NOT NULL`,
      );
    await queryRunner.query('ALTER TABLE "runs" DROP COLUMN "ended_early"');
    await queryRunner.query('ALTER TABLE "runs" DROP COLUMN "best_checkpoint"');
    await queryRunner.query('ALTER TABLE "checkpoints" DROP COLUMN "best_step"');
  }
}
