/**
 * That something refers to something else by its id: work to what it was given, and an object to the bytes of its files. Written in the transaction
 * that writes the user's row. Whether it is in use now is `uses.ts`'s to say.
 */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { timestamp } from '../columns.js';

export type UserKind = 'run' | 'preview' | 'evaluation' | 'export' | 'rescore' | 'model' | 'dataset' | 'checkpoint';
export type UsedKind = 'model' | 'checkpoint' | 'dataset' | 'blob';

@Entity('uses')
@Index(['usedId'])
export class Use {
  @Column('text')
  userKind!: UserKind;

  @PrimaryColumn('text')
  userId!: string;

  @Column('text')
  usedKind!: UsedKind;

  /** An id; of a blob, its sha256 in hex. */
  @PrimaryColumn('text')
  usedId!: string;

  /** When the user was deleted, or did without it. */
  @Column({ ...timestamp, nullable: true })
  endedAt!: Date | null;
}
