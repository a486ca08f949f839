import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PauseRuns1764380000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "jobs" ADD "pause_requested" boolean NOT NULL DEFAULT false');
  }

  /** A run that is paused waits for a worker again. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`UPDATE "runs" SET "status" = 'queued' WHERE "status" = 'paused'`);
    await queryRunner.query(`UPDATE "runs" SET "status" = 'running' WHERE "status" = 'pausing'`);
    await queryRunner.query(`UPDATE "jobs" SET "status" = 'queued' WHERE "status" = 'paused'`);
    await queryRunner.query('ALTER TABLE "jobs" DROP COLUMN "pause_requested"');
  }
}
