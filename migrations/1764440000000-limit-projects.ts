import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a project may take of the service, what it has used, and in which order its runs are taken up. */
export class LimitProjects1764440000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "projects" ADD "limits" jsonb NOT NULL DEFAULT '{}'`);
    await queryRunner.query(
      `CREATE TABLE "project_usage" ("project_id" text NOT NULL, "day" date NOT NULL, "prompt_tokens" bigint NOT NULL, "sampled_tokens" bigint NOT NULL, "trained_tokens" bigint NOT NULL, "tool_calls" bigint NOT NULL, "wall_time_s" double precision NOT NULL, CONSTRAINT "pk_project_usage" PRIMARY KEY ("project_id", "day"))`,
    );
    await queryRunner.query(`ALTER TABLE "jobs" ADD "priority" integer NOT NULL DEFAULT '0'`);
    await queryRunner.query(`ALTER TABLE "jobs" ADD "claimed_at" TIMESTAMP WITH TIME ZONE`);
    await queryRunner.query(
      `CREATE INDEX "ix_jobs_project_id_lane_claimed_at" ON "jobs"  ("project_id", "lane", "claimed_at") `,
    );
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(`UPDATE "${table}" SET "spec" = '{"priority": 0}' || "spec" WHERE "spec" ? 'method'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" - 'priority' WHERE "spec" ? 'method'`);
    await queryRunner.query(`DROP INDEX "ix_jobs_project_id_lane_claimed_at"`);
    await queryRunner.query(`ALTER TABLE "jobs" DROP COLUMN "claimed_at"`);
    await queryRunner.query(`ALTER TABLE "jobs" DROP COLUMN "priority"`);
    await queryRunner.query(`DROP TABLE "project_usage"`);
    await queryRunner.query(`ALTER TABLE "projects" DROP COLUMN "limits"`);
  }
}
