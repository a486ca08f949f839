/** Importing a dataset as the worker does it, against COPY of the same rows, ready-made, into a table of the same columns, key and reference. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DirectoryBlobStore } from '../../src/store/blobs/directory-blob-store.js';
import { importDataset } from '../../src/store/datasets/import-dataset.js';
import { Dataset } from '../../src/store/entities/dataset.entity.js';
import { newId } from '../../src/store/ids.js';
import { insertRow } from '../../src/store/insert-row.js';
import { compared } from '../harness/comparison.js';
import type { QuantityResult } from '../harness/results.js';
import type { RunOptions, ServiceBenchmark } from './benchmark.js';
import type { MeasuredService } from './service.js';

const ROWS = 100_000;
const WARMUPS = 1;
const TABLE = 'ingest_by_copy';

type Kind = 'rl' | 'corpus';

const rowOf = {
  rl: (i: number) => ({
    question: `What is the area of country ${i} and of its "neighbour"?`,
    answer: String(i),
    level: i % 5,
  }),
  corpus: (i: number) => ({
    id: `doc-${i}`,
    title: `Country ${i}`,
    text: `Country ${i} has an area of ${i * 7} km².\n`.repeat(6),
  }),
};

async function measure(service: MeasuredService, kind: Kind, { rounds, say }: RunOptions): Promise<QuantityResult> {
  const { dataSource, projectId } = service;
  const folder = await mkdtemp(join(tmpdir(), 'bough-bench-ingest-'));
  const runner = dataSource.createQueryRunner();
  try {
    const client = (await runner.connect()) as PoolClient;
    const blobs = new DirectoryBlobStore(folder);
    const lines = Array.from({ length: ROWS }, (_, i) => `${JSON.stringify(rowOf[kind](i))}\n`);
    const file = await blobs.put(Readable.from([Buffer.from(lines.join(''))]));
    const importOnce = async (): Promise<string> => {
      const id = newId('dataset');
      const settings = { name: kind, kind, format: 'jsonl', mapping: {}, status: 'processing', error: null } as const;
      const counts = { numExamples: null, numRejected: null, rejectedRows: [], metadata: {} };
      await insertRow(dataSource.manager, Dataset, { id, projectId, ...settings, ...file, ...counts });
      await importDataset(id, { dataSource, blobs });
      return id;
    };
    const example = await importOnce();
    const stored = await dataSource.query<{ text: string }[]>(
      'SELECT data::text AS text FROM dataset_examples WHERE dataset_id = $1 ORDER BY index',
      [example],
    );
    const copied = stored
      .map(({ text }, i) => `${example}\t${i}\t${i + 1}\t${text.replaceAll('\\', '\\\\')}\n`)
      .join('');
    const copyOnce = () =>
      pipeline([copied], client.query(copyFrom(`COPY ${TABLE} (dataset_id, index, line, data) FROM STDIN`)));
    await runner.query(`CREATE TABLE ${TABLE} (LIKE dataset_examples INCLUDING ALL)`);
    await runner.query(`ALTER TABLE ${TABLE} ADD FOREIGN KEY (dataset_id) REFERENCES datasets (id) ON DELETE CASCADE`);

    const ways = [
      { name: 'Bough', once: importOnce, samples: [] as number[] },
      { name: 'COPY', once: copyOnce, samples: [] as number[] },
    ];
    for (let round = -WARMUPS; round < rounds; round++) {
      for (const { name, once, samples } of ways) {
        await runner.query(`TRUNCATE dataset_examples, ${TABLE}`);
        const started = performance.now();
        await once();
        const rate = (1000 * ROWS) / (performance.now() - started);
        say(`${kind}, round ${round + 1} of ${rounds}: ${name} ${rate.toFixed(0)} rows/s`);
        if (round >= 0) samples.push(rate);
      }
    }
    return compared({ what: `${ROWS} rows of kind ${kind}`, unit: 'rows/s', better: 'higher' }, ways);
  } finally {
    await runner.query(`DROP TABLE IF EXISTS ${TABLE}`);
    await runner.release();
    await rm(folder, { recursive: true, force: true });
  }
}

export const ingest: ServiceBenchmark = {
  title: 'Importing datasets',
  how: 'A file of 100,000 rows read, checked and stored as the worker does it, against one `COPY` of the rows as they are stored, from a client into a table of the same columns, key and reference.',
  rounds: 4,
  run: async (service, options) => [await measure(service, 'rl', options), await measure(service, 'corpus', options)],
};
