/** What is measured in a fresh process, so that its memory is its own. */
import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createEngine from 'wink-bm25-text-search';
import { AddressGuard } from '../../src/outgoing/address-guard.js';
import { Outgoing } from '../../src/outgoing/outgoing.js';
import { resolveEmbeddings } from '../../src/spec/tools/embeddings.js';
import { DirectoryBlobStore } from '../../src/store/blobs/directory-blob-store.js';
import { createDataSource } from '../../src/store/data-source.js';
import { Dataset } from '../../src/store/entities/dataset.entity.js';
import { Embedder } from '../../src/tools/corpus/embedder.js';
import { SearchTool } from '../../src/tools/search.js';
import { documentWords, queryWords } from '../../src/tools/words.js';
import { openCorpus } from '../../src/worker/inputs/corpus.js';
import { documentText, queryText } from './texts.js';

export interface Task {
  readonly what: 'build' | 'search' | 'wink';
  readonly databaseUrl: string;
  readonly blobs: string;
  readonly dataset: string;
  readonly documents: number;
  /** Base URL of what embeds, for `dense`; null: `bm25`. */
  readonly embeddings: string | null;
}

export interface Measured {
  /** Until the first query could be asked. */
  readonly seconds: number;
  readonly peakBytes: number;
  readonly queries?: Queries;
}

export interface Queries {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** At the same time, each with a tool of its own as two workers have, and one query after the other. */
const CLIENTS = 2;
const TOP_K = 3;
const BM25 = { k1: 1.2, b: 0.75 };
const WARMUPS = 500;
const QUERIES = 2000;
/** wink takes some hundred milliseconds for each. */
const WINK_QUERIES = 200;

const { signal } = new AbortController();

export async function measure(task: Task): Promise<Measured> {
  return task.what === 'wink' ? wink(task) : ours(task);
}

async function ours({ what, databaseUrl, blobs: folder, dataset: id, embeddings }: Task): Promise<Measured> {
  const dataSource = await createDataSource(databaseUrl).initialize();
  const blobs = new DirectoryBlobStore(folder);
  const scratches: string[] = [];
  const search = {
    retrieval: embeddings ? 'dense' : 'bm25',
    embedder: embeddings ? embedderOf(embeddings) : null,
  } as const;
  const open = async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'bough-bench-search-'));
    scratches.push(scratch);
    const dataset = await dataSource.manager.findOneByOrFail(Dataset, { id });
    return openCorpus(dataset, search, { dataSource, blobs, scratch, signal });
  };
  try {
    const started = performance.now();
    if (what === 'build') {
      await open();
      return { seconds: secondsSince(started), peakBytes: peakBytes() };
    }
    const options = { topK: TOP_K, ...BM25 };
    const tools = await Promise.all(
      Array.from({ length: CLIENTS }, async () => SearchTool.over(await open(), options)),
    );
    const seconds = secondsSince(started);
    const ask = async (client: number, query: string) => {
      const call = { name: 'search', arguments: { query }, id: '1', previous: [], example: 0 };
      const outcome = await tools[client]!.call(call, signal);
      if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome));
    };
    const queries = await timed(ask, WARMUPS, QUERIES);
    await Promise.all(tools.map((tool) => tool.close()));
    return { seconds, peakBytes: peakBytes(), queries };
  } finally {
    await dataSource.destroy();
    await Promise.all(scratches.map((scratch) => rm(scratch, { recursive: true })));
  }
}

const embedderOf = (baseUrl: string): Embedder =>
  new Embedder({
    spec: resolveEmbeddings({ base_url: baseUrl, model: 'words', batch_size: 256 }),
    outgoing: new Outgoing(new AddressGuard(['127.0.0.0/8'])),
    secret: null,
  });

/** With the same words, formula and precision; every job made it anew. */
async function wink({ documents }: Task): Promise<Measured> {
  const texts = Array.from({ length: documents }, (_, number) => documentText(number));
  const started = performance.now();
  const engine = createEngine();
  engine.defineConfig({ fldWeights: { text: 1 }, bm25Params: { ...BM25, k: 1 } });
  engine.definePrepTasks([documentWords], 'text');
  engine.definePrepTasks([queryWords]);
  for (const [number, text] of texts.entries()) engine.addDoc({ text }, number);
  engine.consolidate(9);
  const seconds = secondsSince(started);
  const queries = await timed(async (_, query) => void engine.search(query, TOP_K), 0, WINK_QUERIES);
  return { seconds, peakBytes: peakBytes(), queries };
}

async function timed(
  ask: (client: number, query: string) => Promise<void>,
  warmups: number,
  count: number,
): Promise<Queries> {
  const clients = (from: number, to: number, times: number[]) => {
    let next = from;
    return Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        while (next < to) {
          const query = queryText(next++);
          const started = performance.now();
          await ask(client, query);
          times.push(performance.now() - started);
        }
      }),
    );
  };
  await clients(0, warmups, []);
  const times: number[] = [];
  const started = performance.now();
  await clients(warmups, warmups + count, times);
  const perSecond = count / secondsSince(started);
  const sorted = times.toSorted((a, b) => a - b);
  return { perSecond, p50: sorted[count / 2]!, p99: sorted[0.99 * count]! };
}

const secondsSince = (started: number) => (performance.now() - started) / 1000;
const peakBytes = () => process.resourceUsage().maxRSS * 1024;
