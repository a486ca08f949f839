/** One answer of an evaluation. Reached through its evaluation. */
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { FinishReason, RewardStatus } from '../../spec/enums.js';
import { createdAt } from '../columns.js';
import { Evaluation } from './evaluation.entity.js';

@Entity('evaluation_items')
// Over an expression, which the mapper cannot say: by whether the answer is right.
@Index('ix_evaluation_items_right', { synchronize: false })
export class EvaluationItem {
  @PrimaryColumn('text')
  evaluationId!: string;

  /** Index of the example in the dataset. */
  @PrimaryColumn('int')
  example!: number;

  /** Which of the answers to this example, from 0. */
  @PrimaryColumn('int')
  sample!: number;

  @Column('text')
  response!: string;

  /** The answer that the grader extracted. */
  @Column('text', { nullable: true })
  answer!: string | null;

  @Column('float8', { nullable: true })
  reward!: number | null;

  @Column('jsonb')
  parts!: Record<string, number>;

  @Column('text', { array: true })
  flags!: string[];

  @Column('float8', { nullable: true })
  exactMatch!: number | null;

  @Column('boolean')
  formatValid!: boolean;

  @Column('int')
  toolCalls!: number;

  /** Tokens that the model wrote; null of one that was made before they were counted. */
  @Column('int', { nullable: true })
  modelTokens!: number | null;

  @Column('text')
  finishReason!: FinishReason;

  @Column('text')
  rewardStatus!: RewardStatus;

  @Column(createdAt)
  createdAt!: Date;

  @ManyToOne(() => Evaluation, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'evaluation_id' })
  evaluation?: Relation<Evaluation>;
}
