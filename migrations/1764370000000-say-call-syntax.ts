import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What specs grew that older ones do not say, and what held for them: calls were between tags, and nothing was taken off a reward for leaving the reference. */
const GROWN = [
  { table: 'runs', part: 'prompt', said: { tool_syntax: 'tags' } },
  { table: 'run_previews', part: 'prompt', said: { tool_syntax: 'tags' } },
  { table: 'evaluations', part: 'prompt', said: { tool_syntax: 'tags' } },
  { table: 'runs', part: 'advantage', said: { kl_coefficient: 0 } },
  { table: 'run_previews', part: 'advantage', said: { kl_coefficient: 0 } },
];

export class SayCallSyntax1764370000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const { table, part, said } of GROWN)
      await queryRunner.query(
        `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{${part}}', $1::jsonb || ("spec" -> '${part}')) WHERE "spec" ? '${part}'`,
        [JSON.stringify(said)],
      );
    // Demonstrations that call tools by the chat format name them; those before had none to name.
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(`UPDATE "${table}" SET "spec" = '{"tools": []}' || "spec" WHERE NOT "spec" ? 'tools'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { table, part, said } of GROWN) {
      const without = Object.keys(said).map((field) => `#- '{${part},${field}}'`);
      await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" ${without.join(' ')} WHERE "spec" ? '${part}'`);
    }
    for (const table of ['runs', 'run_previews'])
      await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" - 'tools' WHERE "spec" ->> 'method' = 'sft'`);
  }
}
