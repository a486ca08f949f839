/** The stored trajectories of a run, scored again by another grader. What they were scored with stays as it is. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ResourceStatus } from '../../spec/enums.js';
import type { ResolvedRescoreSpec, RewardComparison } from '../../spec/rescore-spec.js';
import { createdAt } from '../columns.js';
import type { Failure } from '../shapes.js';

@Entity('rescores')
@Index(['projectId', 'id'])
@Index(['runId', 'id'])
export class Rescore {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  runId!: string;

  @Column('jsonb')
  spec!: ResolvedRescoreSpec;

  @Column('text', { default: 'processing' })
  status!: ResourceStatus;

  /** Trajectories. */
  @Column('jsonb')
  progress!: { done: number; total: number };

  /** Null until it is ready. */
  @Column('jsonb', { nullable: true })
  comparison!: RewardComparison | null;

  @Column('jsonb', { nullable: true })
  error!: Failure | null;

  @Column(createdAt)
  createdAt!: Date;
}
