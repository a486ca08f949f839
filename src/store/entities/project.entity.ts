/** A tenant. Everything that a key can reach belongs to the key's project. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ProjectLimits } from '../../spec/project-limits.js';
import type { Retention } from '../../spec/retention.js';
import { createdAt, emptyObject, timestamp } from '../columns.js';

@Entity('projects')
export class Project {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { unique: true })
  name!: string;

  @Column(createdAt)
  createdAt!: Date;

  /** What is absent has no limit. */
  @Column(emptyObject)
  limits!: Partial<ProjectLimits>;

  /** What is absent is kept for ever. */
  @Column(emptyObject)
  retention!: Partial<Retention>;

  /** Since when its keys are refused and nothing of it is taken up. */
  @Column({ ...timestamp, nullable: true })
  disabledAt!: Date | null;
}
