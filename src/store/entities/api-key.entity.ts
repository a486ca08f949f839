/** An API key. Only its hash is kept; the key itself is shown once, when it is made. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { KeyScope } from '../../spec/enums.js';
import { createdAt, timestamp } from '../columns.js';

@Entity('api_keys')
export class ApiKey {
  @PrimaryColumn('text')
  id!: string;

  @Index()
  @Column('text')
  projectId!: string;

  @Column('text')
  name!: string;

  /** sha256 of the whole key, hex. */
  @Column('text', { unique: true })
  hash!: string;

  /** The first characters of the key, to recognise it by. */
  @Column('text')
  prefix!: string;

  /** By default what keys could do before there were scopes. */
  @Column('text', { array: true, default: '{read,write,admin}' })
  scopes!: KeyScope[];

  @Column(createdAt)
  createdAt!: Date;

  @Column({ ...timestamp, nullable: true })
  lastUsedAt!: Date | null;

  @Column({ ...timestamp, nullable: true })
  expiresAt!: Date | null;

  @Column({ ...timestamp, nullable: true })
  revokedAt!: Date | null;
}
