import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs of before were computed by one process. */
export class SizeWorlds1764810000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{training}', '{"world_size": 1}' || ("spec" -> 'training')) WHERE "spec" ? 'training'`,
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = "spec" #- '{training,world_size}' WHERE "spec" ? 'training'`,
      );
  }
}
