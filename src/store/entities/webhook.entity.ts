/** Where a project wants to be told what becomes of its work. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { WebhookEventType } from '../../spec/enums.js';
import { createdAt, timestamp } from '../columns.js';

@Entity('webhooks')
@Index(['projectId', 'id'])
export class Webhook {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  url!: string;

  @Column('text', { array: true })
  events!: WebhookEventType[];

  /** Name of the project's secret that deliveries are signed with. */
  @Column('text')
  secret!: string;

  /** Since when nothing is sent there: its server has said that it is gone. */
  @Column({ ...timestamp, nullable: true })
  disabledAt!: Date | null;

  @Column(createdAt)
  createdAt!: Date;
}
