import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Specs of DPO from before the better answer's likelihood could stand beside the margin. */
export class WeighLikelihood1764470000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews']) {
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{training,rpo_alpha}', '0') WHERE "spec" ->> 'method' = 'dpo'`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = "spec" #- '{training,rpo_alpha}' WHERE "spec" ->> 'method' = 'dpo'`,
      );
  }
}
