/** One entry of a run's durable event log. Written with `appendEvent` only, which gives out the sequence. */
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, Unique, type Relation } from 'typeorm';
import type { EventLevel, EventType } from '../../spec/enums.js';
import { bigint, createdAt, emptyObject } from '../columns.js';
import { Run } from './run.entity.js';

@Entity('run_events')
@Unique(['runId', 'sequence'])
export class RunEvent {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  runId!: string;

  /** From 1, without gaps within the run. */
  @Column(bigint)
  sequence!: number;

  @Column('text')
  level!: EventLevel;

  @Column('text')
  type!: EventType;

  @Column('text')
  message!: string;

  @Column(emptyObject)
  data!: Record<string, unknown>;

  @Column(createdAt)
  createdAt!: Date;

  @ManyToOne(() => Run, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'run_id' })
  run?: Relation<Run>;
}
