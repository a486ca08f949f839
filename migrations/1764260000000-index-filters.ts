/** Indexes for the filters of long lists, so that one which finds nothing need not look at every row. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexFilters1764260000000 implements MigrationInterface {
  name = 'IndexFilters1764260000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, on] of INDEXES) await queryRunner.query(`CREATE INDEX ${name} ON ${on}`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const [name] of INDEXES) await queryRunner.query(`DROP INDEX ${name}`);
  }
}

const INDEXES = [
  ['ix_trajectories_run_id_reward_status_id', 'trajectories (run_id, reward_status, id)'],
  ['ix_trajectories_run_id_reward_id', 'trajectories (run_id, reward, id)'],
  ['ix_trees_run_id_id', 'trees (run_id, id)'],
  ['ix_runs_project_id_status_id', 'runs (project_id, status, id)'],
  ['ix_evaluations_project_id_status_id', 'evaluations (project_id, status, id)'],
  ['ix_evaluation_items_right', 'evaluation_items (evaluation_id, (coalesce(exact_match, 0) = 1), example, sample)'],
] as const;
