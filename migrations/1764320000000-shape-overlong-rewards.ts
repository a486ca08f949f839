import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Specs from before overlong responses could cost reward, and steps have advantages of their own: neither. */
export class ShapeOverlongRewards1764320000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{advantage}',
           "spec" -> 'advantage' || '{"overlong_tokens": null, "step_weight": null, "step_discount": 0.95}')
         WHERE "spec" ? 'advantage'`,
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = "spec" #- '{advantage,overlong_tokens}' #- '{advantage,step_weight}' #- '{advantage,step_discount}'`,
      );
  }
}
