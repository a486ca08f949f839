/** A thread that ranks the documents of one index, one query after the other. It is stopped from outside. */
import { parentPort, workerData } from 'node:worker_threads';
import { IndexFile } from './index-file.js';
import { Ranking, type Bm25 } from './ranking.js';

export interface SearchThreadData {
  readonly path: string;
  readonly bm25: Bm25;
}

export interface ToSearchThread {
  readonly id: number;
  readonly query: string;
  readonly limit: number;
}

export interface FromSearchThread {
  readonly id: number;
  /** Of the best documents. */
  readonly numbers: readonly number[];
}

const { path, bm25 } = workerData as SearchThreadData;
const ranking = new Ranking(IndexFile.open(path), bm25);

parentPort?.on('message', ({ id, query, limit }: ToSearchThread) => {
  parentPort?.postMessage({ id, numbers: ranking.best(query, limit) } satisfies FromSearchThread);
});
parentPort?.postMessage('ready');
