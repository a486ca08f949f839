/** A model that runs can start from: the files of a Hugging Face directory. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ResourceStatus } from '../../spec/enums.js';
import type { Architecture, ModelSpecInput } from '../../spec/model-spec.js';
import { bigint, createdAt, emptyList, emptyObject, timestamp } from '../columns.js';
import type { Failure, StoredFile } from '../shapes.js';

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
  source!: ModelSpecInput['source'];

  @Column('text', { default: 'processing' })
  status!: ResourceStatus;

  @Column('jsonb', { nullable: true })
  error!: Failure | null;

  /** With every default filled in; null until the model is ready. */
  @Column('jsonb', { nullable: true })
  architecture!: Architecture | null;

  /** Number of weights. */
  @Column({ ...bigint, nullable: true })
  parameters!: number | null;

  @Column('int', { nullable: true })
  vocabSize!: number | null;

  /** Tokens. */
  @Column('int', { nullable: true })
  contextLength!: number | null;

  @Column(emptyList)
  files!: StoredFile[];

  @Column(emptyObject)
  metadata!: Record<string, string>;

  @Column(createdAt)
  createdAt!: Date;

  @Column({ ...timestamp, nullable: true })
  deletedAt!: Date | null;
}
