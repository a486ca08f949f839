/** One row of a dataset, normalised to its kind's shape. Reached through its dataset. */
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { ExampleData } from '../shapes.js';
import { Dataset } from './dataset.entity.js';

@Entity('dataset_examples')
export class DatasetExample {
  @PrimaryColumn('text')
  datasetId!: string;

  /** Place among the rows that were accepted, from 0. */
  @PrimaryColumn('int')
  index!: number;

  /** Line in the file, from 1. */
  @Column('int')
  line!: number;

  @Column('jsonb')
  data!: ExampleData;

  @ManyToOne(() => Dataset, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'dataset_id' })
  dataset?: Relation<Dataset>;
}
