/** A run that was asked about before it is started: what is wrong with its spec, and what its preview found. Kept for a day. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ResourceStatus } from '../../spec/enums.js';
import type { SpecProblem } from '../../spec/problem.js';
import type { ResolvedRunSpec } from '../../spec/run-spec.js';
import type { WarnedPreviewResult } from '../../spec/preview.js';
import { createdAt, emptyList } from '../columns.js';
import type { Failure } from '../shapes.js';

@Entity('run_previews')
export class RunPreview {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text', { default: 'processing' })
  status!: ResourceStatus;

  /** Null when the method has no defaults, which is one of the problems then. */
  @Column('jsonb', { nullable: true })
  spec!: ResolvedRunSpec | null;

  @Column('jsonb')
  problems!: SpecProblem[];

  /** Of the spec as it was posted. */
  @Column(emptyList)
  warnings!: string[];

  /** Null until it is over, and where there are problems. */
  @Column('jsonb', { nullable: true })
  result!: WarnedPreviewResult | null;

  @Column('jsonb', { nullable: true })
  error!: Failure | null;

  @Index()
  @Column(createdAt)
  createdAt!: Date;
}
