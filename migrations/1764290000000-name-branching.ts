import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Specs from before there was a choice: forks happened at once, and what was missing started all together. */
export class NameBranching1764290000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews']) {
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{rollout}', "spec" -> 'rollout' || '{"branching": "immediate", "fill": "at_once"}')
         WHERE "spec" ? 'rollout'`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = "spec" #- '{rollout,branching}' #- '{rollout,fill}' WHERE "spec" ? 'rollout'`,
      );
  }
}
