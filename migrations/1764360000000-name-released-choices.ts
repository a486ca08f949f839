import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Specs from before the choices of AEPO and of ARPO's released code could be made: none of them was. What a spec says already stays. */
const CHOICES = {
  rollout: {
    starts: 'fixed',
    starts_sensitivity: 5,
    repeat_penalty: 0,
    probe: 'after_result',
    result_prefix: 'none',
    empty_result_attempts: 1,
    at_call_limit: 'stop',
  },
  advantage: { entropy_weight: 0 },
};

export class NameReleasedChoices1764360000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      for (const [part, choices] of Object.entries(CHOICES))
        await queryRunner.query(
          `UPDATE "${table}" SET "spec" = jsonb_set("spec", '{${part}}', $1::jsonb || ("spec" -> '${part}')) WHERE "spec" ? '${part}'`,
          [JSON.stringify(choices)],
        );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'run_previews'])
      for (const [part, choices] of Object.entries(CHOICES)) {
        const without = Object.keys(choices).map((field) => `#- '{${part},${field}}'`);
        await queryRunner.query(`UPDATE "${table}" SET "spec" = "spec" ${without.join(' ')} WHERE "spec" ? '${part}'`);
      }
  }
}
