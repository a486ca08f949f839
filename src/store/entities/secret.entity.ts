/** What a project's tools and rewards show to servers that they call. Its value can be read by who has the operator's key alone. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { createdAt } from '../columns.js';

@Entity('secrets')
@Index(['projectId', 'name'], { unique: true })
export class Secret {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  projectId!: string;

  @Column('text')
  name!: string;

  /** As in `sealed.ts`. */
  @Column('bytea')
  sealed!: Buffer;

  @Column(createdAt)
  createdAt!: Date;

  /** When it was given its value. */
  @Column(createdAt)
  updatedAt!: Date;
}
