import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['runs', 'run_previews', 'evaluations'];

/** Specs name the delimiters of a model's calls; those before took what the chat template shows. */
export class NameCallDelimiters1764490000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES)
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{prompt}', '{"call_delimiters": null}' || ("spec" -> 'prompt')) WHERE "spec" ? 'prompt'`,
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES)
      await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" #- '{prompt,call_delimiters}'`);
  }
}
