/** A checkpoint of a run. Its row commits after all of its files are durable in the blob store. */
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { CheckpointKind } from '../../spec/enums.js';
import { bigint, createdAt, emptyObject, timestamp } from '../columns.js';
import type { StoredFile } from '../shapes.js';
import { Run } from './run.entity.js';

@Entity('checkpoints')
@Index(['runId', 'id'])
export class Checkpoint {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  runId!: string;

  /** Steps finished when it was written. */
  @Column('int')
  step!: number;

  @Column('text')
  kind!: CheckpointKind;

  @Column('boolean', { default: false })
  final!: boolean;

  @Column(emptyObject)
  metrics!: Record<string, number>;

  /** Of the best checkpoint when this one was written, which may be itself; null: none is kept for that. It stays as long as this one. */
  @Column('int', { nullable: true })
  bestStep!: number | null;

  @Column(bigint)
  sizeBytes!: number;

  @Column('jsonb')
  files!: StoredFile[];

  @Column('int')
  attempt!: number;

  @Column(createdAt)
  createdAt!: Date;

  @Column({ ...timestamp, nullable: true })
  deletedAt!: Date | null;

  @ManyToOne(() => Run, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'run_id' })
  run?: Relation<Run>;
}
