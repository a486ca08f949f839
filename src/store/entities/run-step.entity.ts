/** The metrics of one finished step. Reached through its run. */
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { createdAt } from '../columns.js';
import { Run } from './run.entity.js';

@Entity('run_steps')
export class RunStep {
  @PrimaryColumn('text')
  runId!: string;

  /** From 1. */
  @PrimaryColumn('int')
  step!: number;

  @Column('int')
  attempt!: number;

  @Column('jsonb')
  metrics!: Record<string, number>;

  @Column(createdAt)
  createdAt!: Date;

  @ManyToOne(() => Run, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'run_id' })
  run?: Relation<Run>;
}
