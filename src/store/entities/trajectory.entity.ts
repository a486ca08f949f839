/** A path of a rollout tree from its root to a leaf, with its reward. Its tokens are those of its segments. */
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique, type Relation } from 'typeorm';
import type { FinishReason, RewardStatus } from '../../spec/enums.js';
import { createdAt } from '../columns.js';
import { Tree } from './tree.entity.js';

@Entity('trajectories')
@Unique(['treeId', 'index'])
@Index(['runId', 'step', 'id'])
@Index(['runId', 'id'])
@Index(['runId', 'rewardStatus', 'id'])
@Index(['runId', 'reward', 'id'])
export class Trajectory {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  runId!: string;

  @Column('text')
  treeId!: string;

  @Column('int')
  step!: number;

  /** Place within the tree, from 0. */
  @Column('int')
  index!: number;

  @Column('int')
  attempt!: number;

  @Column('text')
  leafSegmentId!: string;

  /** From the root to the leaf. */
  @Column('text', { array: true })
  segmentIds!: string[];

  @Column('float8', { nullable: true })
  reward!: number | null;

  @Column('jsonb')
  parts!: Record<string, number>;

  @Column('text', { array: true })
  flags!: string[];

  /** The answer that the reward extracted. */
  @Column('text', { nullable: true })
  answer!: string | null;

  @Column('boolean')
  formatValid!: boolean;

  @Column('float8', { nullable: true })
  exactMatch!: number | null;

  /** Null when the trajectory takes no part in the update. */
  @Column('float8', { nullable: true })
  advantage!: number | null;

  @Column('text')
  rewardStatus!: RewardStatus;

  @Column('text')
  finishReason!: FinishReason;

  /** Tokens of the whole path, prompt included. */
  @Column('int')
  numTokens!: number;

  @Column(createdAt)
  createdAt!: Date;

  @ManyToOne(() => Tree, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'tree_id' })
  tree?: Relation<Tree>;
}
