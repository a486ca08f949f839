/** How often a project has called a provider of web search on a day (UTC). */
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('provider_calls')
export class ProviderCalls {
  @PrimaryColumn('text')
  projectId!: string;

  @PrimaryColumn('text')
  provider!: string;

  @PrimaryColumn('date')
  day!: string;

  @Column('int')
  calls!: number;
}
