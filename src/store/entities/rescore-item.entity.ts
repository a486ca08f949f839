/** A trajectory with the reward that it had and the one that a rescore gives it. Reached through its rescore. */
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Rescore } from './rescore.entity.js';

@Entity('rescore_items')
export class RescoreItem {
  @PrimaryColumn('text')
  rescoreId!: string;

  @PrimaryColumn('text')
  trajectoryId!: string;

  @Column('text')
  treeId!: string;

  @Column('int')
  step!: number;

  /** The reward of the run; null: it had none. */
  @Column('float8', { nullable: true })
  before!: number | null;

  /** Null: the grader could not score it. */
  @Column('float8', { nullable: true })
  after!: number | null;

  @Column('jsonb')
  parts!: Record<string, number>;

  /** Where there is no reward: why. */
  @Column('text', { array: true })
  flags!: string[];

  @Column('text', { nullable: true })
  answer!: string | null;

  @ManyToOne(() => Rescore, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'rescore_id' })
  rescore?: Relation<Rescore>;
}
