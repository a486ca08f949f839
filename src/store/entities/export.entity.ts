/** A model or a checkpoint in the form that other programs read: files of its own, which outlive what they were made from. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ExportDtype, ExportFormat, ResourceStatus } from '../../spec/enums.js';
import { bigint, createdAt, emptyList, emptyObject, timestamp } from '../columns.js';
import type { Failure, StoredFile } from '../shapes.js';

@Entity('exports')
@Index(['projectId', 'id'])
export class Export {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  /** The model or the checkpoint. */
  @Index()
  @Column('text')
  modelId!: string;

  @Column('text')
  format!: ExportFormat;

  @Column('text')
  dtype!: ExportDtype;

  @Column('text', { default: 'processing' })
  status!: ResourceStatus;

  @Column('jsonb', { nullable: true })
  error!: Failure | null;

  @Column({ ...bigint, nullable: true })
  sizeBytes!: number | null;

  /** None until it is ready. */
  @Column(emptyList)
  files!: StoredFile[];

  @Column(emptyObject)
  metadata!: Record<string, string>;

  @Column(createdAt)
  createdAt!: Date;

  @Column({ ...timestamp, nullable: true })
  deletedAt!: Date | null;
}
