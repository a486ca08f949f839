import type { MigrationInterface, QueryRunner } from 'typeorm';

export class BringModels1764100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "models" ADD "progress" jsonb`);
    await queryRunner.query(`ALTER TABLE "models" ADD "commit" text`);
    await queryRunner.query(`ALTER TABLE "models" ADD "archive_sha256" text`);
    await queryRunner.query(`ALTER TABLE "models" ADD "dtype" text`);
    await queryRunner.query(`ALTER TABLE "models" ADD "has_chat_template" boolean`);
    await queryRunner.query(`ALTER TABLE "jobs" ADD "secret_key" text`);
    // Models that were made here.
    await queryRunner.query(
      `UPDATE "models" SET "dtype" = 'float32', "has_chat_template" = true, "architecture" = "architecture" || '{"rope_scaling": null}'
       WHERE "status" = 'ready' AND "architecture" IS NOT NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "jobs" DROP COLUMN "secret_key"`);
    await queryRunner.query(`ALTER TABLE "models" DROP COLUMN "has_chat_template"`);
    await queryRunner.query(`ALTER TABLE "models" DROP COLUMN "dtype"`);
    await queryRunner.query(`ALTER TABLE "models" DROP COLUMN "archive_sha256"`);
    await queryRunner.query(`ALTER TABLE "models" DROP COLUMN "commit"`);
    await queryRunner.query(`ALTER TABLE "models" DROP COLUMN "progress"`);
  }
}
