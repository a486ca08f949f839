import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['runs', 'run_previews', 'evaluations'];

/** What specs grew that older ones do not say: neither a tool nor a turn had a limit of calls of its own. */
const PARTS = ['rollout', 'sampling'];

export class LimitToolCalls1764480000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{tools}', (
           SELECT jsonb_agg('{"max_calls": null}' || tool ORDER BY place)
           FROM jsonb_array_elements("spec" -> 'tools') WITH ORDINALITY AS tools (tool, place)))
         WHERE jsonb_array_length("spec" -> 'tools') > 0`,
      );
      for (const part of PARTS)
        await queryRunner.query(
          `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{${part}}', '{"max_tool_calls_per_turn": null}' || ("spec" -> '${part}'))
           WHERE "spec" ? '${part}'`,
        );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{tools}', (
           SELECT jsonb_agg(tool - 'max_calls' ORDER BY place)
           FROM jsonb_array_elements("spec" -> 'tools') WITH ORDINALITY AS tools (tool, place)))
         WHERE jsonb_array_length("spec" -> 'tools') > 0`,
      );
      for (const part of PARTS)
        await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" #- '{${part},max_tool_calls_per_turn}'`);
    }
  }
}
