/** A tenant. Everything that a key can reach belongs to the key's project. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { createdAt } from '../columns.js';

@Entity('projects')
export class Project {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { unique: true })
  name!: string;

  @Column(createdAt)
  createdAt!: Date;
}
