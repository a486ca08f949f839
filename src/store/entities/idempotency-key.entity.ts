/** The first answer to a POST with an Idempotency-Key, to be given again to the same request. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { createdAt } from '../columns.js';

@Entity('idempotency_keys')
export class IdempotencyKey {
  @PrimaryColumn('text')
  projectId!: string;

  @PrimaryColumn('text')
  key!: string;

  /** sha256 of method, path and body, hex; null while a first upload is still being read. */
  @Column('text', { nullable: true })
  requestHash!: string | null;

  /** HTTP status of the answer; null while the first request is being answered. */
  @Column('int', { nullable: true })
  status!: number | null;

  @Column('jsonb', { nullable: true })
  response!: unknown;

  @Index()
  @Column(createdAt)
  createdAt!: Date;
}
