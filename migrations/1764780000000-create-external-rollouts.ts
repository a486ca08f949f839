/** Rollouts of agents that are outside. Runs before had their trainer sample all of theirs. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['runs', 'run_previews'];

export class CreateExternalRollouts1764780000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE external_rollouts (
        id text NOT NULL,
        project_id text NOT NULL,
        run_id text NOT NULL,
        attempt integer NOT NULL,
        step integer NOT NULL,
        tree integer NOT NULL,
        index integer NOT NULL,
        example integer NOT NULL,
        status text NOT NULL,
        key_hash text,
        reward double precision,
        error text,
        told boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        opened_at timestamptz,
        expires_at timestamptz,
        ended_at timestamptz,
        CONSTRAINT pk_external_rollouts PRIMARY KEY (id),
        CONSTRAINT uq_external_rollouts_run_id_attempt_step_tree_index UNIQUE (run_id, attempt, step, tree, index),
        CONSTRAINT fk_external_rollouts_run_id FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
      )`);
    await queryRunner.query('CREATE INDEX ix_external_rollouts_run_id_status ON external_rollouts (run_id, status)');
    for (const table of TABLES)
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{rollout}', '{"source": "policy", "timeout_s": 600}' || ("spec" -> 'rollout'))
         WHERE "spec" ? 'rollout'`,
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES)
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = "spec" #- '{rollout,source}' #- '{rollout,timeout_s}' WHERE "spec" ? 'rollout'`,
      );
    await queryRunner.query('DROP TABLE external_rollouts');
  }
}
