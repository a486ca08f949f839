import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Segments with their arrays in one place. PostgreSQL would try to compress each array of a row beyond 2 kB, which random bits do not yield to, and then store each in
 * pieces with an index of its own.
 */
export class KeepSegmentsWhole1764800100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "segments" SET (toast_tuple_target = 8160)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "segments" RESET (toast_tuple_target)`);
  }
}
