/** Corpora that are searched in tests: real indexes of a few texts, in a folder that goes with the process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IndexBuilder, type BuilderLimits } from '../../src/tools/corpus/index-builder.js';
import { IndexFile } from '../../src/tools/corpus/index-file.js';
import { Ranking, type Bm25 } from '../../src/tools/corpus/ranking.js';
import type { Embedder } from '../../src/tools/corpus/embedder.js';
import type { Corpus } from '../../src/tools/search.js';

const folder = mkdtempSync(join(tmpdir(), 'bough-corpora-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let made = 0;

/** Where a new index may be written. */
export const indexPath = (): string => join(folder, String(made++));

/** To be searched by a tool. */
export const corpusOf = (texts: readonly string[]): Corpus & { indexPath: string } => ({
  indexPath: indexOf(texts),
  embeddings: null,
  texts: async (numbers) => numbers.map((number) => texts[number]!),
});

/** To be searched by embeddings as well, or by them alone; these lie in two files. */
export async function embeddedCorpusOf(
  texts: readonly string[],
  embedder: Embedder,
  retrieval: 'dense' | 'hybrid',
): Promise<Corpus> {
  const vectors = await embedder.documents(texts, new AbortController().signal);
  const half = Math.ceil(vectors.length / 2);
  const paths = [vectors.slice(0, half), vectors.slice(half)].map((some) => {
    const path = indexPath();
    writeFileSync(path, Buffer.concat(some.map(({ buffer }) => new Uint8Array(buffer))));
    return path;
  });
  const embeddings = { vectors: { paths, dimensions: vectors[0]!.length }, embedder };
  const corpus = corpusOf(texts);
  return { ...corpus, indexPath: retrieval === 'dense' ? null : corpus.indexPath, embeddings };
}

/** @param limits of what the builder holds before it writes a part */
export function indexOf(texts: readonly string[], limits?: BuilderLimits): string {
  const path = indexPath();
  const builder = new IndexBuilder(path, limits);
  for (const text of texts) builder.add(text);
  builder.finish();
  return path;
}

/** Without a thread. */
export const rankingOver = (texts: readonly string[], bm25: Bm25): Ranking =>
  new Ranking(IndexFile.open(indexOf(texts)), bm25);
