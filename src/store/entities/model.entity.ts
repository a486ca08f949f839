/** A model that runs can start from: the files of a Hugging Face directory. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ResourceStatus, WeightDtype } from '../../spec/enums.js';
import type { ModelArchitecture, ModelSource } from '../../spec/model-spec.js';
import { bigint, createdAt, emptyList, emptyObject, timestamp } from '../columns.js';
import type { Failure, StoredFile, TransferProgress } from '../shapes.js';

@Entity('models')
@Index(['projectId', 'id'])
export class Model {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  name!: string;

  @Column('jsonb')
  source!: ModelSource;

  @Column('text', { default: 'processing' })
  status!: ResourceStatus;

  @Column('jsonb', { nullable: true })
  error!: Failure | null;

  /** How far its files have come, while they are being brought. */
  @Column('jsonb', { nullable: true })
  progress!: TransferProgress | null;

  /** What `source.revision` was when it was downloaded. */
  @Column('text', { nullable: true })
  commit!: string | null;

  /** The blob of an uploaded archive, until its files are stored. */
  @Column('text', { nullable: true })
  archiveSha256!: string | null;

  /** With every default filled in; null until the model is ready. */
  @Column('jsonb', { nullable: true })
  architecture!: ModelArchitecture | null;

  /** Number of weights. */
  @Column({ ...bigint, nullable: true })
  parameters!: number | null;

  /** Of the weights in the files. */
  @Column('text', { nullable: true })
  dtype!: WeightDtype | null;

  @Column('boolean', { nullable: true })
  hasChatTemplate!: boolean | null;

  @Column('int', { nullable: true })
  vocabSize!: number | null;

  /** Tokens. */
  @Column('int', { nullable: true })
  contextLength!: number | null;

  /** What is not as its files or its spec say. */
  @Column(emptyList)
  warnings!: string[];

  @Column(emptyList)
  files!: StoredFile[];

  @Column(emptyObject)
  metadata!: Record<string, string>;

  @Column(createdAt)
  createdAt!: Date;

  @Column({ ...timestamp, nullable: true })
  deletedAt!: Date | null;
}
