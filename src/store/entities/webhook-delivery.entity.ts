/** One event for one webhook, and how far its delivery is. */
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { WebhookEventType } from '../../spec/enums.js';
import { createdAt, timestamp } from '../columns.js';
import { Webhook } from './webhook.entity.js';

@Entity('webhook_deliveries')
@Index(['webhookId', 'id'])
@Index(['nextAttemptAt'], { where: 'next_attempt_at IS NOT NULL' })
export class WebhookDelivery {
  /** Also the `webhook-id` of every attempt, by which a receiver knows that it has had this before. */
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  webhookId!: string;

  @ManyToOne(() => Webhook, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'webhook_id' })
  webhook!: unknown;

  @Column('text')
  type!: WebhookEventType;

  /** What is sent. A text, so that each attempt has the same bytes. */
  @Column('text')
  body!: string;

  @Column('text', { default: 'pending' })
  status!: 'pending' | 'delivered' | 'failed';

  /** Since it was made, or asked for again. */
  @Column('int', { default: 0 })
  attempts!: number;

  /** Null: there is none to come. */
  @Column({ ...timestamp, nullable: true })
  nextAttemptAt!: Date | null;

  /** HTTP status of the last answer. */
  @Column('int', { nullable: true })
  answered!: number | null;

  /** Why the last attempt was not the last one. */
  @Column('text', { nullable: true })
  error!: string | null;

  @Column({ ...timestamp, nullable: true })
  deliveredAt!: Date | null;

  @Column(createdAt)
  createdAt!: Date;
}
