/**
 * Collects examples and copies them into the table many at a time, while the next are collected; unless the dataset has been deleted
 * meanwhile.
 */
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { EntityManager } from 'typeorm';
import type { ExampleData } from '../shapes.js';

/** Characters of rows held back before they are written. Their transaction holds the job's row, so it should not take long. */
const MAX_LENGTH = 2 * 1024 * 1024;

export class ExampleBatch {
  /** Examples added so far, and so the index of the next. */
  total = 0;
  private rows: string[] = [];
  private length = 0;
  private writing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly datasetId: string,
    private readonly inTransaction: (work: (manager: EntityManager) => Promise<unknown>) => Promise<unknown>,
  ) {}

  /** @throws what kept earlier examples from being written */
  async add(line: number, example: ExampleData): Promise<void> {
    // JSON has no tabs or newlines outside of escapes, so that the backslash is all that COPY would misread.
    const row = `${this.datasetId}\t${this.total}\t${line}\t${JSON.stringify(example).replaceAll('\\', '\\\\')}\n`;
    this.rows.push(row);
    this.length += row.length;
    this.total++;
    if (this.length >= MAX_LENGTH) await this.write();
  }

  /** Waits until all are written. @throws what kept them from it */
  async flush(): Promise<void> {
    await this.write();
    await this.writing;
  }

  /** Waits for what is being written, however that ends. */
  async settled(): Promise<void> {
    await this.writing.catch(() => undefined);
  }

  /** Waits for the write before, and begins the next. */
  private async write(): Promise<void> {
    await this.writing;
    const { rows } = this;
    if (rows.length === 0) return;
    this.rows = [];
    this.length = 0;
    this.writing = this.inTransaction((manager) => copy(manager, this.datasetId, rows));
    // Whoever writes or flushes next is told; until then nobody listens.
    this.writing.catch(() => undefined);
  }
}

async function copy(manager: EntityManager, datasetId: string, rows: readonly string[]): Promise<void> {
  const wanted = 'SELECT 1 FROM datasets WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE';
  if ((await manager.query<unknown[]>(wanted, [datasetId])).length === 0) return;
  const client = (await manager.queryRunner?.connect()) as PoolClient;
  await pipeline(
    [rows.join('')],
    client.query(copyFrom('COPY dataset_examples (dataset_id, index, line, data) FROM STDIN')),
  );
}
