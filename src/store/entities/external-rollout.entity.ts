/** A rollout of an agent that is outside, from when its run wants it. What its agent asked is in the trees of its step. */
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique, type Relation } from 'typeorm';
import type { ExternalRolloutStatus } from '../../spec/enums.js';
import { createdAt, timestamp } from '../columns.js';
import { Run } from './run.entity.js';

@Entity('external_rollouts')
@Unique(['runId', 'attempt', 'step', 'tree', 'index'])
@Index(['runId', 'status'])
export class ExternalRollout {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  runId!: string;

  /** Of the run: what another attempt wants is another rollout. */
  @Column('int')
  attempt!: number;

  @Column('int')
  step!: number;

  /** Place of the prompt within the step, from 0. */
  @Column('int')
  tree!: number;

  /** Among the rollouts of the prompt, from 0. */
  @Column('int')
  index!: number;

  /** Index of the example in the run's dataset. */
  @Column('int')
  example!: number;

  @Column('text')
  status!: ExternalRolloutStatus;

  /** sha256 of the key that its agent talks with, hex. */
  @Column('text', { nullable: true })
  keyHash!: string | null;

  @Column('float8', { nullable: true })
  reward!: number | null;

  /** Why it has failed. */
  @Column('text', { nullable: true })
  error!: string | null;

  /** Whether the trainer has been told how it ended. */
  @Column('boolean', { default: false })
  told!: boolean;

  @Column(createdAt)
  createdAt!: Date;

  @Column({ ...timestamp, nullable: true })
  openedAt!: Date | null;

  @Column({ ...timestamp, nullable: true })
  expiresAt!: Date | null;

  @Column({ ...timestamp, nullable: true })
  endedAt!: Date | null;

  @ManyToOne(() => Run, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'run_id' })
  run?: Relation<Run>;
}
