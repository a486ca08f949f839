/** What a user's server answered to a call, for whoever in the project makes the same call again. Says nothing of runs. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { createdAt } from '../columns.js';

@Entity('tool_results')
export class ToolResult {
  @PrimaryColumn('text')
  projectId!: string;

  /** sha256 of what was asked of which server, hex. */
  @PrimaryColumn('text')
  key!: string;

  @Column('text')
  outcome!: 'ok' | 'program_error' | 'to_summarise';

  @Column('text')
  text!: string;

  @Column(createdAt)
  createdAt!: Date;
}
