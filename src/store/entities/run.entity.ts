/** A training run: what was asked for, and how far it is. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { RunStatus } from '../../spec/enums.js';
import type { Method } from '../../spec/methods/index.js';
import type { ResolvedRunSpec } from '../../spec/run-spec.js';
import { bigint, createdAt, emptyList, emptyObject, timestamp } from '../columns.js';
import type { BestCheckpoint, EarlyEnd, Failure, RunProgress, RunUsage } from '../shapes.js';

@Entity('runs')
@Index(['projectId', 'id'])
@Index(['projectId', 'status', 'id'])
export class Run {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text', { nullable: true })
  name!: string | null;

  @Column('text')
  method!: Method;

  @Column('jsonb')
  spec!: ResolvedRunSpec;

  @Column('text', { default: 'queued' })
  status!: RunStatus;

  /** The starting policy: a model or a checkpoint. */
  @Index()
  @Column('text')
  modelId!: string;

  @Index()
  @Column('text')
  datasetId!: string;

  @Column('jsonb')
  progress!: RunProgress;

  @Column('jsonb')
  usage!: RunUsage;

  @Column('jsonb', { nullable: true })
  error!: Failure | null;

  /** Of its spec as it was posted: what has no effect, and what can hardly be meant. Then what came up later. */
  @Column(emptyList)
  warnings!: string[];

  /** Versions, machine fingerprint and input hashes of the last attempt. */
  @Column(emptyObject)
  manifest!: Record<string, unknown>;

  /** Metrics of the last finished step. */
  @Column(emptyObject)
  latestMetrics!: Record<string, number>;

  /** The sequence of the run's last event. */
  @Column({ ...bigint, default: 0 })
  eventSequence!: number;

  @Column('int', { default: 0 })
  checkpointsCount!: number;

  /** Of a run with `evaluation.best`, once there is one. */
  @Column('jsonb', { nullable: true })
  bestCheckpoint!: BestCheckpoint | null;

  /** Why there were fewer steps than were asked for. */
  @Column('jsonb', { nullable: true })
  endedEarly!: EarlyEnd | null;

  @Column({ ...timestamp, nullable: true })
  startedAt!: Date | null;

  @Column({ ...timestamp, nullable: true })
  finishedAt!: Date | null;

  @Column({ ...timestamp, nullable: true })
  estimatedFinishAt!: Date | null;

  @Column(emptyObject)
  metadata!: Record<string, string>;

  @Column(createdAt)
  createdAt!: Date;

  @Column({ ...timestamp, nullable: true })
  deletedAt!: Date | null;
}
