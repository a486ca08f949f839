/** The first answer to a POST with an Idempotency-Key, to be given again to the same request. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { createdAt } from '../columns.js';

@Entity('idempotency_keys')
export class IdempotencyKey {
  @PrimaryColumn('text')
  projectId!: string;

  @PrimaryColumn('text')
  key!: string;

  /** sha256 of method, path and body, hex. */
  @Column('text')
  requestHash!: string;

  /** The answer's body; null only within the transaction that does the work. */
  @Column('jsonb', { nullable: true })
  response!: unknown;

  @Index()
  @Column(createdAt)
  createdAt!: Date;
}
