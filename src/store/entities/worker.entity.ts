/** A worker process that has reported itself. Not owned by a tenant. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigint, createdAt, emptyList, emptyObject, timestamp } from '../columns.js';
import type { JobKind } from './job.entity.js';

export interface CurrentJob {
  job_id: string;
  kind: JobKind;
  subject_id: string;
  project_id: string;
}

@Entity('workers')
export class Worker {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  host!: string;

  @Column('int')
  pid!: number;

  @Column('text')
  accelerator!: string;

  @Column(emptyObject)
  device!: Record<string, unknown>;

  @Column({ ...bigint, nullable: true })
  memoryBytes!: number | null;

  @Column(emptyObject)
  versions!: Record<string, string>;

  @Column(emptyList)
  currentJobs!: CurrentJob[];

  @Column({ ...timestamp, default: () => 'clock_timestamp()' })
  lastHeartbeatAt!: Date;

  @Column({ ...timestamp, default: () => 'clock_timestamp()' })
  startedAt!: Date;

  @Column(createdAt)
  createdAt!: Date;
}
