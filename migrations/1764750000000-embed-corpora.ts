import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['runs', 'run_previews', 'evaluations'];

/** Corpora may be searched by embeddings, which are kept; searches over a corpus say how they rank, and those before ranked with BM25. */
export class EmbedCorpora1764750000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE corpus_embeddings (
        dataset_id text NOT NULL,
        key text NOT NULL,
        part integer NOT NULL,
        dimensions integer NOT NULL,
        sha256 text NOT NULL,
        size_bytes bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_corpus_embeddings PRIMARY KEY (dataset_id, key, part)
      )`);
    for (const table of TABLES)
      await queryRunner.query(
        rewritten(
          table,
          `CASE WHEN tool ->> 'type' = 'search' AND NOT tool ? 'provider' THEN '{"retrieval": "bm25", "embeddings": null}' || tool ELSE tool END`,
        ),
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await queryRunner.query(rewritten(table, `tool - 'retrieval' - 'embeddings'`));
    await queryRunner.query('DROP TABLE corpus_embeddings');
  }
}

/** Every tool of every spec as an expression makes it, in its place. */
const rewritten = (table: string, tool: string): string => `
  UPDATE "${table}" SET "spec" = jsonb_set("spec", '{tools}', (
    SELECT coalesce(jsonb_agg(${tool} ORDER BY place), '[]') FROM jsonb_array_elements("spec" -> 'tools') WITH ORDINALITY AS tools(tool, place)
  )) WHERE jsonb_typeof("spec" -> 'tools') = 'array'`;
