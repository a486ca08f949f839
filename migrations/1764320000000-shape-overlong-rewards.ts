import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Specs from before overlong responses could cost reward: they cost none. */
export class ShapeOverlongRewards1764320000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{advantage,overlong_tokens}', 'null') WHERE "spec" ? 'advantage'`,
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" #- '{advantage,overlong_tokens}'`);
  }
}
