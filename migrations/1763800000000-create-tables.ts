/** The first schema: every table of version 0.1. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateTables1763800000000 implements MigrationInterface {
  name = 'CreateTables1763800000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up.split(';\n')) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(down);
  }
}

const up = `
CREATE TABLE projects (
  id text NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_projects PRIMARY KEY (id),
  CONSTRAINT uq_projects_name UNIQUE (name)
);
CREATE TABLE api_keys (
  id text NOT NULL,
  project_id text NOT NULL,
  name text NOT NULL,
  hash text NOT NULL,
  prefix text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT pk_api_keys PRIMARY KEY (id),
  CONSTRAINT uq_api_keys_hash UNIQUE (hash)
);
CREATE INDEX ix_api_keys_project_id ON api_keys (project_id);
CREATE TABLE blobs (
  sha256 text NOT NULL,
  size_bytes bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_blobs PRIMARY KEY (sha256)
);
CREATE TABLE datasets (
  id text NOT NULL,
  project_id text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  format text NOT NULL,
  mapping jsonb NOT NULL DEFAULT '{}',
  status text NOT NULL DEFAULT 'processing',
  error jsonb,
  sha256 text NOT NULL,
  size_bytes bigint NOT NULL,
  num_examples int,
  num_rejected int,
  rejected_rows jsonb NOT NULL DEFAULT '[]',
  metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz,
  CONSTRAINT pk_datasets PRIMARY KEY (id)
);
CREATE INDEX ix_datasets_project_id_id ON datasets (project_id, id);
CREATE INDEX ix_datasets_sha256 ON datasets (sha256);
CREATE TABLE dataset_examples (
  dataset_id text NOT NULL,
  index int NOT NULL,
  line int NOT NULL,
  data jsonb NOT NULL,
  CONSTRAINT pk_dataset_examples PRIMARY KEY (dataset_id, index),
  CONSTRAINT fk_dataset_examples_dataset_id FOREIGN KEY (dataset_id) REFERENCES datasets(id) ON DELETE CASCADE
);
CREATE TABLE models (
  id text NOT NULL,
  project_id text NOT NULL,
  name text NOT NULL,
  source jsonb NOT NULL,
  status text NOT NULL DEFAULT 'processing',
  error jsonb,
  architecture jsonb,
  parameters bigint,
  vocab_size int,
  context_length int,
  files jsonb NOT NULL DEFAULT '[]',
  metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz,
  CONSTRAINT pk_models PRIMARY KEY (id)
);
CREATE INDEX ix_models_project_id_id ON models (project_id, id);
CREATE TABLE jobs (
  id text NOT NULL,
  project_id text NOT NULL,
  kind text NOT NULL,
  subject_id text NOT NULL,
  slot text NOT NULL,
  status text NOT NULL DEFAULT 'queued',
  attempts int NOT NULL DEFAULT 0,
  fence bigint NOT NULL DEFAULT 0,
  lease_until timestamptz,
  worker_id text,
  available_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  requires jsonb NOT NULL DEFAULT '{}',
  cancel_requested boolean NOT NULL DEFAULT false,
  error jsonb,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_jobs PRIMARY KEY (id),
  CONSTRAINT uq_jobs_kind_subject_id UNIQUE (kind, subject_id)
);
CREATE INDEX ix_jobs_slot_status_available_at_id ON jobs (slot, status, available_at, id);
CREATE TABLE runs (
  id text NOT NULL,
  project_id text NOT NULL,
  name text,
  method text NOT NULL,
  spec jsonb NOT NULL,
  status text NOT NULL DEFAULT 'queued',
  model_id text NOT NULL,
  dataset_id text NOT NULL,
  progress jsonb NOT NULL,
  usage jsonb NOT NULL,
  error jsonb,
  manifest jsonb NOT NULL DEFAULT '{}',
  latest_metrics jsonb NOT NULL DEFAULT '{}',
  event_sequence bigint NOT NULL DEFAULT 0,
  checkpoints_count int NOT NULL DEFAULT 0,
  started_at timestamptz,
  finished_at timestamptz,
  estimated_finish_at timestamptz,
  metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz,
  CONSTRAINT pk_runs PRIMARY KEY (id)
);
CREATE INDEX ix_runs_dataset_id ON runs (dataset_id);
CREATE INDEX ix_runs_model_id ON runs (model_id);
CREATE INDEX ix_runs_project_id_id ON runs (project_id, id);
CREATE TABLE run_events (
  id text NOT NULL,
  project_id text NOT NULL,
  run_id text NOT NULL,
  sequence bigint NOT NULL,
  level text NOT NULL,
  type text NOT NULL,
  message text NOT NULL,
  data jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_run_events PRIMARY KEY (id),
  CONSTRAINT uq_run_events_run_id_sequence UNIQUE (run_id, sequence),
  CONSTRAINT fk_run_events_run_id FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE
);
CREATE TABLE run_steps (
  run_id text NOT NULL,
  step int NOT NULL,
  attempt int NOT NULL,
  metrics jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_run_steps PRIMARY KEY (run_id, step),
  CONSTRAINT fk_run_steps_run_id FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE
);
CREATE TABLE run_updates (
  run_id text NOT NULL,
  update int NOT NULL,
  step int NOT NULL,
  attempt int NOT NULL,
  body jsonb NOT NULL,
  advantages bytea NOT NULL,
  old_logprobs bytea NOT NULL,
  reference_logprobs bytea,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_run_updates PRIMARY KEY (run_id, update),
  CONSTRAINT fk_run_updates_run_id FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE
);
CREATE INDEX ix_run_updates_run_id_step ON run_updates (run_id, step);
CREATE TABLE trees (
  id text NOT NULL,
  project_id text NOT NULL,
  run_id text NOT NULL,
  step int NOT NULL,
  index int NOT NULL,
  attempt int NOT NULL,
  example int NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_trees PRIMARY KEY (id),
  CONSTRAINT uq_trees_run_id_step_index UNIQUE (run_id, step, index),
  CONSTRAINT fk_trees_run_id FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE
);
CREATE TABLE segments (
  id text NOT NULL,
  tree_id text NOT NULL,
  index int NOT NULL,
  parent_id text,
  kind text NOT NULL,
  token_ids bytea NOT NULL,
  logprobs bytea,
  entropies bytea,
  advantages bytea,
  text text NOT NULL,
  forked boolean NOT NULL,
  entropy float8,
  delta_entropy float8,
  branch_probability float8,
  tool jsonb,
  num_tokens int NOT NULL,
  CONSTRAINT pk_segments PRIMARY KEY (id),
  CONSTRAINT uq_segments_tree_id_index UNIQUE (tree_id, index),
  CONSTRAINT fk_segments_tree_id FOREIGN KEY (tree_id) REFERENCES trees(id) ON DELETE CASCADE
);
CREATE TABLE trajectories (
  id text NOT NULL,
  project_id text NOT NULL,
  run_id text NOT NULL,
  tree_id text NOT NULL,
  step int NOT NULL,
  index int NOT NULL,
  attempt int NOT NULL,
  leaf_segment_id text NOT NULL,
  segment_ids text[] NOT NULL,
  reward float8,
  parts jsonb NOT NULL,
  flags text[] NOT NULL,
  answer text,
  format_valid boolean NOT NULL,
  exact_match float8,
  advantage float8,
  reward_status text NOT NULL,
  finish_reason text NOT NULL,
  num_tokens int NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_trajectories PRIMARY KEY (id),
  CONSTRAINT uq_trajectories_tree_id_index UNIQUE (tree_id, index),
  CONSTRAINT fk_trajectories_tree_id FOREIGN KEY (tree_id) REFERENCES trees(id) ON DELETE CASCADE
);
CREATE INDEX ix_trajectories_run_id_id ON trajectories (run_id, id);
CREATE INDEX ix_trajectories_run_id_step_id ON trajectories (run_id, step, id);
CREATE TABLE tool_journal (
  run_id text NOT NULL,
  call text NOT NULL,
  step int NOT NULL,
  tool text NOT NULL,
  input text NOT NULL,
  outcome text NOT NULL,
  text text NOT NULL,
  latency_ms float8 NOT NULL,
  attempt int NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_tool_journal PRIMARY KEY (run_id, call),
  CONSTRAINT fk_tool_journal_run_id FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE
);
CREATE INDEX ix_tool_journal_run_id_step ON tool_journal (run_id, step);
CREATE TABLE checkpoints (
  id text NOT NULL,
  project_id text NOT NULL,
  run_id text NOT NULL,
  step int NOT NULL,
  kind text NOT NULL,
  final boolean NOT NULL DEFAULT false,
  metrics jsonb NOT NULL DEFAULT '{}',
  size_bytes bigint NOT NULL,
  files jsonb NOT NULL,
  attempt int NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz,
  CONSTRAINT pk_checkpoints PRIMARY KEY (id),
  CONSTRAINT fk_checkpoints_run_id FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE
);
CREATE INDEX ix_checkpoints_run_id_id ON checkpoints (run_id, id);
CREATE TABLE evaluations (
  id text NOT NULL,
  project_id text NOT NULL,
  spec jsonb NOT NULL,
  status text NOT NULL DEFAULT 'queued',
  model_id text NOT NULL,
  dataset_id text NOT NULL,
  progress jsonb NOT NULL,
  usage jsonb NOT NULL,
  aggregates jsonb NOT NULL DEFAULT '{}',
  error jsonb,
  started_at timestamptz,
  finished_at timestamptz,
  metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_evaluations PRIMARY KEY (id)
);
CREATE INDEX ix_evaluations_dataset_id ON evaluations (dataset_id);
CREATE INDEX ix_evaluations_model_id ON evaluations (model_id);
CREATE INDEX ix_evaluations_project_id_id ON evaluations (project_id, id);
CREATE TABLE evaluation_items (
  evaluation_id text NOT NULL,
  example int NOT NULL,
  sample int NOT NULL,
  response text NOT NULL,
  answer text,
  reward float8,
  parts jsonb NOT NULL,
  flags text[] NOT NULL,
  exact_match float8,
  format_valid boolean NOT NULL,
  tool_calls int NOT NULL,
  finish_reason text NOT NULL,
  reward_status text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_evaluation_items PRIMARY KEY (evaluation_id, example, sample),
  CONSTRAINT fk_evaluation_items_evaluation_id FOREIGN KEY (evaluation_id) REFERENCES evaluations(id) ON DELETE CASCADE
);
CREATE TABLE workers (
  id text NOT NULL,
  name text NOT NULL,
  host text NOT NULL,
  pid int NOT NULL,
  accelerator text NOT NULL,
  device jsonb NOT NULL DEFAULT '{}',
  memory_bytes bigint,
  versions jsonb NOT NULL DEFAULT '{}',
  current_jobs jsonb NOT NULL DEFAULT '[]',
  last_heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_workers PRIMARY KEY (id)
);
CREATE TABLE idempotency_keys (
  project_id text NOT NULL,
  key text NOT NULL,
  request_hash text NOT NULL,
  response jsonb,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_idempotency_keys PRIMARY KEY (project_id, key)
);
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at)`;

const down = `DROP TABLE
  idempotency_keys,
  workers,
  evaluation_items,
  evaluations,
  checkpoints,
  tool_journal,
  trajectories,
  segments,
  trees,
  run_updates,
  run_steps,
  run_events,
  runs,
  jobs,
  models,
  dataset_examples,
  datasets,
  blobs,
  api_keys,
  projects`;
