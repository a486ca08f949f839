import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['runs', 'run_previews', 'evaluations'];

/** Specs say what a model's tags are called; those before took the names of the tools. */
export class NameTags1764740000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES)
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{prompt}', '{"tag_names": null}' || ("spec" -> 'prompt')) WHERE "spec" ? 'prompt'`,
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES)
      await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" #- '{prompt,tag_names}'`);
  }
}
