/** A blob with the embeddings of some of a corpus's documents. It can be made anew at any time, and counts nowhere. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigint, createdAt } from '../columns.js';

@Entity('corpus_embeddings')
export class CorpusEmbedding {
  @PrimaryColumn('text')
  datasetId!: string;

  /** sha256 of what the embeddings depend on beside the documents, hex. */
  @PrimaryColumn('text')
  key!: string;

  /** Which of the documents, see `corpus-embeddings.ts` of the worker. */
  @PrimaryColumn('int')
  part!: number;

  /** Numbers of an embedding. */
  @Column('int')
  dimensions!: number;

  /** Hex. */
  @Column('text')
  sha256!: string;

  @Column(bigint)
  sizeBytes!: number;

  @Column(createdAt)
  createdAt!: Date;
}
