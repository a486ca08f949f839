/** `npm run bench:search`: makes corpora on a PostgreSQL of its own, measures how they are indexed and searched, and prints a table. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { childEnvironment } from '../../src/config/process-environment.js';
import { startServices } from '../../src/embedded/services.js';
import { DirectoryBlobStore } from '../../src/store/blobs/directory-blob-store.js';
import { createDataSource } from '../../src/store/data-source.js';
import { importDataset } from '../../src/store/datasets/import-dataset.js';
import { CorpusEmbedding } from '../../src/store/entities/corpus-embedding.entity.js';
import { Dataset } from '../../src/store/entities/dataset.entity.js';
import { Project } from '../../src/store/entities/project.entity.js';
import { newId } from '../../src/store/ids.js';
import { insertRow } from '../../src/store/insert-row.js';
import { withPart } from '../harness/document.js';
import { commit, machine } from '../harness/provenance.js';
import { searchPart, searchTable, type SearchResults, type SizeResult } from './document.js';
import { serveEmbeddings } from './embeddings.js';
import type { Measured, Task } from './measured.js';
import { documentText } from './texts.js';

/** wink is measured at the first of them: it needs some gigabytes for the second. So is dense retrieval. */
const SIZES = [100_000, 1_000_000];
const LIMIT_MS = 1_800_000;

/** Of the checkout; this file runs from dist/bench/search. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = join(root, 'docs', 'benchmarks.md');
const say = (line: string) => console.error(`  ${line}`);

async function measured(task: Task): Promise<Measured> {
  const child = fork(fileURLToPath(new URL('process.js', import.meta.url)), {
    env: childEnvironment({ NODE_ENV: 'production' }),
    execArgv: ['--enable-source-maps', '--max-old-space-size=8192'],
  });
  const settled = new AbortController();
  const until = { signal: AbortSignal.any([settled.signal, AbortSignal.timeout(LIMIT_MS)]) };
  try {
    child.send(task);
    const answer = await Promise.race([
      once(child, 'message', until).then(([message]) => message as Measured),
      once(child, 'exit', until).then(([code]) =>
        Promise.reject(new Error(`measuring ${task.what} ended with ${code}`)),
      ),
    ]);
    say(`${task.documents} documents, ${task.what}${task.embeddings ? ', dense' : ''}: ${JSON.stringify(answer)}`);
    return answer;
  } finally {
    settled.abort();
    child.kill();
  }
}

async function makeCorpus(dataSource: DataSource, blobs: DirectoryBlobStore, documents: number): Promise<string> {
  say(`making a corpus of ${documents} documents`);
  function* lines() {
    for (let number = 0; number < documents; number += 1) {
      yield `${JSON.stringify({ text: documentText(number) })}\n`;
    }
  }
  const file = await blobs.put(Readable.from(lines()).map((line: string) => Buffer.from(line)));
  const [id, projectId] = [newId('dataset'), newId('project')];
  await dataSource.manager.insert(Project, { id: projectId, name: `corpus of ${documents}` });
  const settings = { name: 'corpus', kind: 'corpus', format: 'jsonl', mapping: {}, status: 'processing' } as const;
  await insertRow(dataSource.manager, Dataset, { id, projectId, ...settings, ...file });
  await importDataset(id, { dataSource, blobs });
  return id;
}

async function measuredDense(task: Omit<Task, 'what'>, dataSource: DataSource): Promise<SizeResult['dense']> {
  const { baseUrl: embeddings, close } = await serveEmbeddings();
  try {
    const build = await measured({ ...task, embeddings, what: 'build' });
    const search = await measured({ ...task, embeddings, what: 'search' });
    const bytes = await dataSource.manager.sum(CorpusEmbedding, 'sizeBytes', { datasetId: task.dataset });
    return { bytes: bytes ?? NaN, build, search };
  } finally {
    close();
  }
}

async function run(folder: string, databaseUrl: string): Promise<SizeResult[]> {
  const dataSource = await createDataSource(databaseUrl).initialize();
  try {
    await dataSource.runMigrations();
    const blobs = join(folder, 'blobs');
    const sizes: SizeResult[] = [];
    for (const documents of SIZES) {
      const dataset = await makeCorpus(dataSource, new DirectoryBlobStore(blobs), documents);
      const task = { databaseUrl, blobs, dataset, documents, embeddings: null };
      const build = await measured({ ...task, what: 'build' });
      const search = await measured({ ...task, what: 'search' });
      const wink = documents === SIZES[0] ? await measured({ ...task, what: 'wink' }) : null;
      const dense = documents === SIZES[0] ? await measuredDense(task, dataSource) : null;
      const { searchIndex } = await dataSource.manager.findOneByOrFail(Dataset, { id: dataset });
      sizes.push({ documents, indexBytes: searchIndex?.size_bytes ?? NaN, build, search, wink, dense });
    }
    return sizes;
  } finally {
    await dataSource.destroy();
  }
}

const { values } = parseArgs({ options: { 'write-docs': { type: 'boolean', default: false } } });
const folder = await mkdtemp(join(tmpdir(), 'bough-bench-search-'));
// No queue is needed: the address is never used.
const services = await startServices({ dataDir: folder, log: say, redisUrl: 'redis://unused', durable: false });
try {
  const results: SearchResults = {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(root),
    command: 'npm run bench:search -- --write-docs',
    machine: machine(),
    sizes: await run(folder, services.databaseUrl),
  };
  console.log(`\n${searchTable(results.sizes)}\n`);
  if (values['write-docs']) {
    await writeFile(page, withPart(await readFile(page, 'utf8'), 'search', searchPart(results)));
  }
} finally {
  await services.stop();
  await rm(folder, { recursive: true, force: true });
}
