/** An evaluation of a model or a checkpoint on a dataset. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { EvaluationStatus } from '../../spec/enums.js';
import type { ResolvedEvaluationSpec } from '../../spec/evaluation-spec.js';
import { createdAt, emptyList, emptyObject, timestamp } from '../columns.js';
import type { Failure, Usage } from '../shapes.js';

@Entity('evaluations')
@Index(['projectId', 'id'])
@Index(['projectId', 'status', 'id'])
export class Evaluation {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('jsonb')
  spec!: ResolvedEvaluationSpec;

  @Column('text', { default: 'queued' })
  status!: EvaluationStatus;

  /** A model or a checkpoint. */
  @Index()
  @Column('text')
  modelId!: string;

  @Index()
  @Column('text')
  datasetId!: string;

  /** Answers, not questions. */
  @Column('jsonb')
  progress!: { done: number; total: number | null };

  @Column('jsonb')
  usage!: Usage;

  /** Of the items, with their standard errors; complete once the status is final. */
  @Column(emptyObject)
  aggregates!: Record<string, unknown>;

  /** What makes it doubtful that the aggregates are worth anything. */
  @Column(emptyList)
  warnings!: string[];

  /** What it was computed with. */
  @Column(emptyObject)
  manifest!: Record<string, unknown>;

  @Column('jsonb', { nullable: true })
  error!: Failure | null;

  @Column({ ...timestamp, nullable: true })
  startedAt!: Date | null;

  @Column({ ...timestamp, nullable: true })
  finishedAt!: Date | null;

  @Column(emptyObject)
  metadata!: Record<string, string>;

  @Column(createdAt)
  createdAt!: Date;
}
