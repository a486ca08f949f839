/** That the blob store holds these bytes. Not owned by a tenant: equal bytes are stored once. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigint, createdAt } from '../columns.js';

@Entity('blobs')
export class Blob {
  /** Hex. */
  @PrimaryColumn('text')
  sha256!: string;

  @Column(bigint)
  sizeBytes!: number;

  @Column(createdAt)
  createdAt!: Date;
}
