/** The lane of a job and the result of a preview, under their new names. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class NameLanes1764280000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE jobs RENAME COLUMN slot TO lane');
    await queryRunner.query(
      'ALTER INDEX ix_jobs_slot_status_available_at_id RENAME TO ix_jobs_lane_status_available_at_id',
    );
    await queryRunner.query('ALTER TABLE run_previews RENAME COLUMN rehearsal TO result');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE run_previews RENAME COLUMN result TO rehearsal');
    await queryRunner.query(
      'ALTER INDEX ix_jobs_lane_status_available_at_id RENAME TO ix_jobs_slot_status_available_at_id',
    );
    await queryRunner.query('ALTER TABLE jobs RENAME COLUMN lane TO slot');
  }
}
