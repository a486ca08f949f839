/** Collects examples and inserts them many at a time, unless the dataset has been deleted meanwhile. */
import type { EntityManager } from 'typeorm';
import type { ExampleData } from '../shapes.js';

const MAX_ROWS = 1000;
/** Characters of JSON held back before they are written. */
const MAX_LENGTH = 4 * 1024 * 1024;

export class ExampleBatch {
  /** Examples added so far, and so the index of the next. */
  total = 0;
  private lines: number[] = [];
  private data: string[] = [];
  private length = 0;

  constructor(
    private readonly datasetId: string,
    private readonly inTransaction: (work: (manager: EntityManager) => Promise<unknown>) => Promise<unknown>,
  ) {}

  async add(line: number, example: ExampleData): Promise<void> {
    const json = JSON.stringify(example);
    this.lines.push(line);
    this.data.push(json);
    this.length += json.length;
    this.total++;
    if (this.lines.length >= MAX_ROWS || this.length >= MAX_LENGTH) await this.flush();
  }

  async flush(): Promise<void> {
    const { lines, data } = this;
    if (lines.length === 0) return;
    const indices = lines.map((_, i) => this.total - lines.length + i);
    this.lines = [];
    this.data = [];
    this.length = 0;
    await this.inTransaction((manager) =>
      manager.query(
        `INSERT INTO dataset_examples (dataset_id, index, line, data)
         SELECT wanted.id, index, line, data::jsonb
         FROM (SELECT id FROM datasets WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE) AS wanted,
              unnest($2::int[], $3::int[], $4::text[]) AS rows (index, line, data)`,
        [this.datasetId, indices, lines, data],
      ),
    );
  }
}
