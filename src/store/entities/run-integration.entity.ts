/** An experiment tracker that a run is told to, and how far it has been. */
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { ResolvedIntegration } from '../../spec/run/integrations.js';
import { emptyObject, timestamp } from '../columns.js';
import { Run } from './run.entity.js';

export type IntegrationStatus = 'sending' | 'done' | 'failed';

@Entity('run_integrations')
@Index(['nextAttemptAt'], { where: "status = 'sending'" })
export class RunIntegration {
  @PrimaryColumn('text')
  runId!: string;

  /** Its place among the integrations of the spec, from 0. */
  @PrimaryColumn('int')
  place!: number;

  @Column('jsonb')
  spec!: ResolvedIntegration;

  @Column('text', { default: 'sending' })
  status!: IntegrationStatus;

  /** The last step that its server has. */
  @Column('int', { default: 0 })
  step!: number;

  /** By which the server knows the run; empty until it does. */
  @Column(emptyObject)
  external!: Record<string, string>;

  /** Since the last that succeeded, and the one that is being made. */
  @Column('int', { default: 0 })
  attempts!: number;

  @Column({ ...timestamp, default: () => 'clock_timestamp()' })
  nextAttemptAt!: Date;

  /** Why the last attempt failed; null: it did not. */
  @Column('text', { nullable: true })
  error!: string | null;

  @ManyToOne(() => Run, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'run_id' })
  run?: Relation<Run>;
}
