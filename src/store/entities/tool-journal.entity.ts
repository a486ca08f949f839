/** What a tool answered, written before the answer is given, so that a resumed run gets the same one. Reached through its run. */
import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { createdAt } from '../columns.js';
import type { StoredToolCall } from '../shapes.js';
import { Run } from './run.entity.js';

@Entity('tool_journal')
@Index(['runId', 'step'])
export class ToolJournalEntry {
  @PrimaryColumn('text')
  runId!: string;

  /** The protocol's name of the call; the same in a resumed run. */
  @PrimaryColumn('text')
  call!: string;

  @Column('int')
  step!: number;

  @Column('text')
  tool!: string;

  @Column('text')
  input!: string;

  @Column('text')
  outcome!: StoredToolCall['outcome'] | 'to_summarise';

  @Column('text')
  text!: string;

  @Column('float8')
  latencyMs!: number;

  @Column('int')
  attempt!: number;

  @Column(createdAt)
  createdAt!: Date;

  @ManyToOne(() => Run, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'run_id' })
  run?: Relation<Run>;
}
