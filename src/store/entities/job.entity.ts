/** Work for a worker. The row decides who does it; a ticket in the queue only wakes workers up. */
import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Requirements } from '../requirements.js';
import { bigint, createdAt, emptyObject, timestamp } from '../columns.js';

export const JOB_KINDS = [
  'run.train',
  'run.preview',
  'evaluation.run',
  'run.rescore',
  'model.create',
  'model.import',
  'model.export',
  'model.serve',
  'dataset.import',
] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** Training has a lane of its own, so that a day-long run does not block short work, and so have previews and downloads, which take minutes, and chats, which are waited for. */
export const JOB_LANES = ['train', 'preview', 'short', 'transfer', 'chat'] as const;
export type JobLane = (typeof JOB_LANES)[number];

export const LANE_OF: Readonly<Record<JobKind, JobLane>> = {
  'run.train': 'train',
  'run.preview': 'preview',
  'evaluation.run': 'short',
  'run.rescore': 'short',
  'model.create': 'short',
  'model.import': 'transfer',
  'model.export': 'short',
  'model.serve': 'chat',
  'dataset.import': 'short',
};

export const JOB_STATUSES = ['queued', 'claimed', 'paused', 'done', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

@Entity('jobs')
@Unique(['subjectId', 'kind'])
@Index(['lane', 'status', 'availableAt', 'id'])
@Index(['projectId', 'lane', 'claimedAt'])
export class Job {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  kind!: JobKind;

  /** The run, preview, evaluation, model, export or dataset. */
  @Column('text')
  subjectId!: string;

  @Column('text')
  lane!: JobLane;

  @Column('text', { default: 'queued' })
  status!: JobStatus;

  /** Claims since the work last made progress, the present one included. */
  @Column('int', { default: 0 })
  attempts!: number;

  /** Rises with each claim; whoever holds an older number may write nothing. */
  @Column({ ...bigint, default: 0 })
  fence!: number;

  @Column({ ...timestamp, nullable: true })
  leaseUntil!: Date | null;

  @Column('text', { nullable: true })
  workerId!: string | null;

  @Column({ ...timestamp, default: () => 'clock_timestamp()' })
  availableAt!: Date;

  /** Of a project's work, what has more goes first. */
  @Column('int', { default: 0 })
  priority!: number;

  /** When it was last claimed. */
  @Column({ ...timestamp, nullable: true })
  claimedAt!: Date | null;

  /** What the worker must have. */
  @Column(emptyObject)
  requires!: Requirements;

  /** The key of a secret that was handed over for this job; null when there is none, or when it has been taken. */
  @Column('text', { nullable: true })
  secretKey!: string | null;

  @Column('boolean', { default: false })
  cancelRequested!: boolean;

  /** Whoever holds the job is to end it where it can be gone on with. */
  @Column('boolean', { default: false })
  pauseRequested!: boolean;

  /** Why the last attempt ended. */
  @Column('jsonb', { nullable: true })
  error!: { code: string; message: string } | null;

  /** Where the request that has queued it was in a trace, as W3C's `traceparent` says it; null: nobody traced it. */
  @Column('text', { nullable: true })
  traceparent!: string | null;

  @Column(createdAt)
  createdAt!: Date;
}
