/**
 * A piece of a rollout tree between two forks or turns, stored once however many trajectories share it.
 * Arrays have one entry per token, little endian. Reached through its tree.
 */
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, Unique, type Relation } from 'typeorm';
import type { SegmentRecord } from '../../protocol/messages.js';
import type { SegmentKind } from '../../spec/enums.js';
import type { StoredToolCall } from '../shapes.js';
import { Tree } from './tree.entity.js';

@Entity('segments')
@Unique(['treeId', 'index'])
export class Segment {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  treeId!: string;

  /** Place within the tree, from 0; a parent comes before its children. */
  @Column('int')
  index!: number;

  /** Null: the prompt. */
  @Column('text', { nullable: true })
  parentId!: string | null;

  @Column('text')
  kind!: SegmentKind;

  /** int32. */
  @Column('bytea')
  tokenIds!: Buffer;

  /** float32, of the tokens that the policy sampled; null where it sampled none. */
  @Column('bytea', { nullable: true })
  logprobs!: Buffer | null;

  /** float32, nats; null where the policy sampled nothing. */
  @Column('bytea', { nullable: true })
  entropies!: Buffer | null;

  /** float32, under the run's attribution; null where the segment takes no part in the update. */
  @Column('bytea', { nullable: true })
  advantages!: Buffer | null;

  @Column('text')
  text!: string;

  /** Whether it is the first segment of a branch that left its parent after a tool result. */
  @Column('boolean')
  forked!: boolean;

  /** Mean entropy of the first probed tokens, nats. */
  @Column('float8', { nullable: true })
  entropy!: number | null;

  @Column('float8', { nullable: true })
  deltaEntropy!: number | null;

  @Column('float8', { nullable: true })
  branchProbability!: number | null;

  /** Forks that the draws gave after the tool result before it, and those for which there was room. */
  @Column('jsonb', { nullable: true })
  forks!: SegmentRecord['forks'];

  @Column('jsonb', { nullable: true })
  tool!: StoredToolCall | null;

  @Column('int')
  numTokens!: number;

  @ManyToOne(() => Tree, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'tree_id' })
  tree?: Relation<Tree>;
}
