import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The experiment trackers that runs are told to, and how far each is. */
export class TellTrackers1764790100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "run_integrations" ("run_id" text NOT NULL, "place" integer NOT NULL, "spec" jsonb NOT NULL, "status" text NOT NULL DEFAULT 'sending', "step" integer NOT NULL DEFAULT '0', "external" jsonb NOT NULL DEFAULT '{}', "attempts" integer NOT NULL DEFAULT '0', "next_attempt_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(), "error" text, CONSTRAINT "pk_run_integrations" PRIMARY KEY ("run_id", "place"))`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_run_integrations_next_attempt_at" ON "run_integrations"  ("next_attempt_at") WHERE status = 'sending'`,
    );
    await queryRunner.query(
      `ALTER TABLE "run_integrations" ADD CONSTRAINT "fk_run_integrations_run_id" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
    );
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = '{"integrations": []}' || "spec" WHERE "spec" ? 'method'`,
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" - 'integrations' WHERE "spec" ? 'method'`);
    await queryRunner.query(`DROP TABLE "run_integrations"`);
  }
}
