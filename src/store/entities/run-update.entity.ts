/**
 * The replay record of one optimiser update: which segments, in which order, with which advantages and log-probabilities.
 * The arrays are float32, little endian, aligned with `body.segments`. Reached through its run.
 */
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { UpdateRecord } from '../../protocol/messages.js';
import { createdAt } from '../columns.js';
import { Run } from './run.entity.js';

@Entity('run_updates')
@Index(['runId', 'step'])
export class RunUpdate {
  @PrimaryColumn('text')
  runId!: string;

  /** Number of the optimiser step within the run, from 1. */
  @PrimaryColumn('int')
  update!: number;

  @Column('int')
  step!: number;

  @Column('int')
  attempt!: number;

  @Column('jsonb')
  body!: UpdateRecord;

  @Column('bytea')
  advantages!: Buffer;

  @Column('bytea')
  oldLogprobs!: Buffer;

  @Column('bytea', { nullable: true })
  referenceLogprobs!: Buffer | null;

  @Column(createdAt)
  createdAt!: Date;

  @ManyToOne(() => Run, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'run_id' })
  run?: Relation<Run>;
}
