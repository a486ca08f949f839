import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Specs of runs that learn from rewards say whether they keep pools of questions; those before kept none. */
export class SayNoPools1764390000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{training}', '{"pools": null}' || ("spec" -> 'training')) WHERE "spec" ? 'rollout'`,
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" #- '{training,pools}' WHERE "spec" ? 'rollout'`);
  }
}
