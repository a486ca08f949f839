/** A thread that ranks the documents of one corpus, one query after the other. It is stopped from outside. */
import { parentPort, workerData } from 'node:worker_threads';
import { DenseRanking, type Vectors } from './dense-ranking.js';
import { fused } from './fuse.js';
import { IndexFile } from './index-file.js';
import { Ranking, type Bm25 } from './ranking.js';

/** What it ranks by: one of the two, or both. */
export interface SearchThreadData {
  readonly words: { readonly path: string; readonly bm25: Bm25 } | null;
  readonly vectors: Vectors | null;
}

export interface Query {
  readonly text: string;
  /** Null: it is ranked by its words alone. */
  readonly vector: Float32Array | null;
}

export interface ToSearchThread extends Query {
  readonly id: number;
  readonly limit: number;
}

export interface FromSearchThread {
  readonly id: number;
  /** Of the best documents. */
  readonly numbers: readonly number[];
}

/** Documents of each ranking that are fused. */
const FUSED = 100;

const { words, vectors } = workerData as SearchThreadData;
const byWords = words && new Ranking(IndexFile.open(words.path), words.bm25);
const byVectors = vectors && DenseRanking.open(vectors);

function best({ text, vector }: Query, limit: number): readonly number[] {
  const depth = byWords && byVectors ? FUSED : limit;
  const rankings: (readonly number[])[] = [];
  if (byWords) rankings.push(byWords.best(text, depth));
  if (byVectors && vector) rankings.push(byVectors.best(vector, depth));
  return fused(rankings, limit);
}

parentPort?.on('message', ({ id, limit, ...query }: ToSearchThread) => {
  parentPort?.postMessage({ id, numbers: best(query, limit) } satisfies FromSearchThread);
});
parentPort?.postMessage('ready');
