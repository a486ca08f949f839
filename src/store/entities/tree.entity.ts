/** A rollout tree: everything that was sampled for one prompt of one step. */
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique, type Relation } from 'typeorm';
import { createdAt } from '../columns.js';
import { Run } from './run.entity.js';

@Entity('trees')
@Unique(['runId', 'step', 'index'])
@Index(['runId', 'id'])
export class Tree {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  runId!: string;

  @Column('int')
  step!: number;

  /** Place of the prompt within the step, from 0. */
  @Column('int')
  index!: number;

  @Column('int')
  attempt!: number;

  /** Index of the example in the run's dataset. */
  @Column('int')
  example!: number;

  /** What the prompt has begun of every answer; null: it was not recorded. */
  @Column('text', { nullable: true })
  begun!: string | null;

  @Column(createdAt)
  createdAt!: Date;

  @ManyToOne(() => Run, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'run_id' })
  run?: Relation<Run>;
}
