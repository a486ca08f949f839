/** Who uses what becomes a table, filled from the specs and files of what there is; and the jobs of a subject are found by the subject alone. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a run's spec or an evaluation's names, beside the model and the dataset: `spec` is that column. */
const NAMED_IN_SPEC = `
  SELECT spec #>> '{training,reference_model}' AS id
  UNION ALL SELECT spec #>> '{evaluation,dataset}'
  UNION ALL SELECT tool ->> 'corpus' FROM jsonb_array_elements(coalesce(spec -> 'tools', '[]')) AS tool`;

/** Models that are made of nothing name what their tokenizer comes from: a model, a dataset or several. */
const TOKENIZER_SOURCES = `
  SELECT source ->> 'tokenizer' AS id WHERE jsonb_typeof(source -> 'tokenizer') = 'string'
  UNION ALL SELECT named #>> '{}' FROM jsonb_path_query(source, 'lax $.tokenizer.train.dataset[*]') AS named`;

export class RecordUses1764300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "uses" ("user_kind" text NOT NULL, "user_id" text NOT NULL, "used_kind" text NOT NULL, "used_id" text NOT NULL, "ended_at" TIMESTAMP WITH TIME ZONE, CONSTRAINT "pk_uses" PRIMARY KEY ("user_id", "used_id"))`,
    );
    await queryRunner.query(`
      INSERT INTO uses (user_kind, user_id, used_kind, used_id)
      SELECT user_kind, user_id,
             CASE split_part(used_id, '_', 1) WHEN 'ds' THEN 'dataset' WHEN 'mdl' THEN 'model' ELSE 'checkpoint' END, used_id
      FROM (
        SELECT 'run' AS user_kind, runs.id AS user_id, used.id AS used_id
          FROM runs, LATERAL (SELECT model_id AS id UNION ALL SELECT dataset_id UNION ALL ${NAMED_IN_SPEC}) AS used
          WHERE deleted_at IS NULL
        UNION ALL SELECT 'preview', run_previews.id, used.id
          FROM run_previews, LATERAL (SELECT spec ->> 'model' AS id UNION ALL SELECT spec ->> 'dataset' UNION ALL ${NAMED_IN_SPEC}) AS used
          WHERE problems = '[]'
        UNION ALL SELECT 'evaluation', evaluations.id, used.id
          FROM evaluations, LATERAL (SELECT model_id AS id UNION ALL SELECT dataset_id UNION ALL ${NAMED_IN_SPEC}) AS used
        UNION ALL SELECT 'model', models.id, used.id
          FROM models, LATERAL (${TOKENIZER_SOURCES}) AS used
          WHERE deleted_at IS NULL
        UNION ALL SELECT 'export', exports.id, model_id FROM exports WHERE deleted_at IS NULL
      ) AS given
      WHERE split_part(used_id, '_', 1) IN ('ds', 'mdl', 'ckpt')
      ON CONFLICT DO NOTHING`);
    // Of what was deleted too: its bytes may be under way to a client, and the next sweep forgets them.
    await queryRunner.query(`
      INSERT INTO uses (user_kind, user_id, used_kind, used_id, ended_at)
      SELECT user_kind, user_id, 'blob', used_id, ended_at
      FROM (
        SELECT 'dataset' AS user_kind, id AS user_id, sha256 AS used_id, deleted_at AS ended_at FROM datasets
        UNION ALL SELECT 'model', id, archive_sha256, deleted_at FROM models WHERE archive_sha256 IS NOT NULL
        UNION ALL SELECT 'model', id, file ->> 'sha256', deleted_at FROM models, jsonb_array_elements(files) AS file
        UNION ALL SELECT 'checkpoint', id, file ->> 'sha256', deleted_at FROM checkpoints, jsonb_array_elements(files) AS file
        UNION ALL SELECT 'export', id, file ->> 'sha256', deleted_at FROM exports, jsonb_array_elements(files) AS file
      ) AS stored
      ON CONFLICT DO NOTHING`);
    await queryRunner.query('CREATE INDEX "ix_uses_used_id" ON "uses" ("used_id")');
    await queryRunner.query('ALTER TABLE "jobs" DROP CONSTRAINT "uq_jobs_kind_subject_id"');
    await queryRunner.query(
      'ALTER TABLE "jobs" ADD CONSTRAINT "uq_jobs_subject_id_kind" UNIQUE ("subject_id", "kind")',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "jobs" DROP CONSTRAINT "uq_jobs_subject_id_kind"');
    await queryRunner.query(
      'ALTER TABLE "jobs" ADD CONSTRAINT "uq_jobs_kind_subject_id" UNIQUE ("kind", "subject_id")',
    );
    await queryRunner.query('DROP TABLE "uses"');
  }
}
