import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the request that has queued a job was in a trace. */
export class TraceJobs1764800000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "jobs" ADD "traceparent" text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "jobs" DROP COLUMN "traceparent"`);
  }
}
