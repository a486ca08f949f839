/** What the work of a project has cost on a day, in UTC: what is billed, and what a limit for each day goes by. Stays when the work is deleted. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigint } from '../columns.js';

@Entity('project_usage')
export class ProjectUsage {
  @PrimaryColumn('text')
  projectId!: string;

  /** `2026-01-31` */
  @PrimaryColumn('date')
  day!: string;

  @Column(bigint)
  promptTokens!: number;

  @Column(bigint)
  sampledTokens!: number;

  @Column(bigint)
  trainedTokens!: number;

  @Column(bigint)
  toolCalls!: number;

  @Column('float8')
  wallTimeS!: number;
}
