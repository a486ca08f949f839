import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWebhooks1764450000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "webhooks" ("id" text NOT NULL, "project_id" text NOT NULL, "url" text NOT NULL, "events" text array NOT NULL, "secret" text NOT NULL, "disabled_at" TIMESTAMP WITH TIME ZONE, "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(), CONSTRAINT "pk_webhooks" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(`CREATE INDEX "ix_webhooks_project_id_id" ON "webhooks"  ("project_id", "id") `);
    await queryRunner.query(
      `CREATE TABLE "webhook_deliveries" ("id" text NOT NULL, "webhook_id" text NOT NULL, "type" text NOT NULL, "body" text NOT NULL, "status" text NOT NULL DEFAULT 'pending', "attempts" integer NOT NULL DEFAULT '0', "next_attempt_at" TIMESTAMP WITH TIME ZONE, "answered" integer, "error" text, "delivered_at" TIMESTAMP WITH TIME ZONE, "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(), CONSTRAINT "pk_webhook_deliveries" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_webhook_deliveries_next_attempt_at" ON "webhook_deliveries"  ("next_attempt_at") WHERE next_attempt_at IS NOT NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_webhook_deliveries_webhook_id_id" ON "webhook_deliveries"  ("webhook_id", "id") `,
    );
    await queryRunner.query(
      `ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "fk_webhook_deliveries_webhook_id" FOREIGN KEY ("webhook_id") REFERENCES "webhooks"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "webhook_deliveries" DROP CONSTRAINT "fk_webhook_deliveries_webhook_id"`);
    await queryRunner.query(`DROP INDEX "ix_webhook_deliveries_webhook_id_id"`);
    await queryRunner.query(`DROP INDEX "ix_webhook_deliveries_next_attempt_at"`);
    await queryRunner.query(`DROP TABLE "webhook_deliveries"`);
    await queryRunner.query(`DROP INDEX "ix_webhooks_project_id_id"`);
    await queryRunner.query(`DROP TABLE "webhooks"`);
  }
}
