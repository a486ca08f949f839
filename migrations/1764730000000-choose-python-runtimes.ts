import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['runs', 'run_previews', 'evaluations'];

/** Python tools say where their programs run; those before ran in WebAssembly. */
export class ChoosePythonRuntimes1764730000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES)
      await queryRunner.query(
        rewritten(table, `CASE tool ->> 'type' WHEN 'python' THEN tool || '{"runtime": "wasm"}' ELSE tool END`),
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await queryRunner.query(rewritten(table, `tool - 'runtime'`));
  }
}

/** Every tool of every spec as an expression makes it, in its place. */
const rewritten = (table: string, tool: string): string => `
  UPDATE "${table}" SET "spec" = jsonb_set("spec", '{tools}', (
    SELECT coalesce(jsonb_agg(${tool} ORDER BY place), '[]') FROM jsonb_array_elements("spec" -> 'tools') WITH ORDINALITY AS tools(tool, place)
  )) WHERE jsonb_typeof("spec" -> 'tools') = 'array'`;
