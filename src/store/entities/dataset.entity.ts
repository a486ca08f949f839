/** An uploaded dataset. The file as uploaded is a blob; the rows that were understood are dataset_examples. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { DatasetKind, ResourceStatus } from '../../spec/enums.js';
import { bigint, createdAt, emptyList, emptyObject, timestamp } from '../columns.js';
import type { Failure, FieldMapping, RejectedRow, SearchIndex } from '../shapes.js';

@Entity('datasets')
@Index(['projectId', 'id'])
export class Dataset {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  kind!: DatasetKind;

  @Column('text')
  format!: string;

  @Column(emptyObject)
  mapping!: FieldMapping;

  @Column('text', { default: 'processing' })
  status!: ResourceStatus;

  @Column('jsonb', { nullable: true })
  error!: Failure | null;

  /** Of the file as uploaded, hex. */
  @Index()
  @Column('text')
  sha256!: string;

  @Column(bigint)
  sizeBytes!: number;

  @Column('int', { nullable: true })
  numExamples!: number | null;

  @Column('int', { nullable: true })
  numRejected!: number | null;

  /** The first hundred. */
  @Column(emptyList)
  rejectedRows!: RejectedRow[];

  /** What was changed in its rows. */
  @Column(emptyList)
  warnings!: string[];

  /** Of a corpus that was searched. It can be made anew at any time, and counts nowhere. */
  @Column('jsonb', { nullable: true })
  searchIndex!: SearchIndex | null;

  @Column(emptyObject)
  metadata!: Record<string, string>;

  @Column(createdAt)
  createdAt!: Date;

  @Column({ ...timestamp, nullable: true })
  deletedAt!: Date | null;
}
