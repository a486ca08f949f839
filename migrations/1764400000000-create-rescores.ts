import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRescores1764400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "rescores" ("id" text NOT NULL, "project_id" text NOT NULL, "run_id" text NOT NULL, "spec" jsonb NOT NULL, "status" text NOT NULL DEFAULT 'processing', "progress" jsonb NOT NULL, "comparison" jsonb, "error" jsonb, "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(), CONSTRAINT "pk_rescores" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(`CREATE INDEX "ix_rescores_run_id_id" ON "rescores"  ("run_id", "id") `);
    await queryRunner.query(`CREATE INDEX "ix_rescores_project_id_id" ON "rescores"  ("project_id", "id") `);
    await queryRunner.query(
      `CREATE TABLE "rescore_items" ("rescore_id" text NOT NULL, "trajectory_id" text NOT NULL, "tree_id" text NOT NULL, "step" integer NOT NULL, "before" double precision, "after" double precision, "parts" jsonb NOT NULL, "flags" text array NOT NULL, "answer" text, CONSTRAINT "pk_rescore_items" PRIMARY KEY ("rescore_id", "trajectory_id"))`,
    );
    await queryRunner.query(`ALTER TABLE "trees" ADD "begun" text`);
    await queryRunner.query(
      `ALTER TABLE "rescore_items" ADD CONSTRAINT "fk_rescore_items_rescore_id" FOREIGN KEY ("rescore_id") REFERENCES "rescores"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "rescore_items" DROP CONSTRAINT "fk_rescore_items_rescore_id"`);
    await queryRunner.query(`ALTER TABLE "trees" DROP COLUMN "begun"`);
    await queryRunner.query(`DROP TABLE "rescore_items"`);
    await queryRunner.query(`DROP INDEX "ix_rescores_project_id_id"`);
    await queryRunner.query(`DROP INDEX "ix_rescores_run_id_id"`);
    await queryRunner.query(`DROP TABLE "rescores"`);
  }
}
