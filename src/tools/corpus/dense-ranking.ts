/** Ranks documents by the inner product of their embeddings with that of a query: all of them, exactly. Embeds nothing, and trusts the bytes. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { Best } from './best.js';
import { InnerProducts } from './inner-products.js';

/** The embeddings of a corpus, each of length 1, or of 0 where it has no direction. */
export interface Vectors {
  /** Of the files that hold them one after the other, as float32 in little-endian, as the processors that Node runs on have them in memory. */
  readonly paths: readonly string[];
  readonly dimensions: number;
}

export class DenseRanking {
  private constructor(private readonly products: InnerProducts) {}

  /** Holds all embeddings in memory. */
  static open({ paths, dimensions }: Vectors): DenseRanking {
    const counts = paths.map((path) => statSync(path).size / (4 * dimensions));
    const products = new InnerProducts(
      counts.reduce((sum, count) => sum + count, 0),
      dimensions,
    );
    let row = 0;
    for (const [i, path] of paths.entries()) {
      const file = openSync(path, 'r');
      try {
        for (let at = 0; at < counts[i]!; at += 1) fill(products.row(row++), file);
      } finally {
        closeSync(file);
      }
    }
    return new DenseRanking(products);
  }

  /** The numbers of the best documents, at most `limit`, equally good ones by number. */
  best(vector: Float32Array, limit: number): number[] {
    const products = this.products.with(vector);
    const best = new Best(limit);
    for (let number = 0; number < products.length; number += 1) best.offer(number, products[number]!);
    return best.numbers;
  }
}

/** With the next bytes of a file. */
function fill({ buffer, byteOffset, byteLength }: Float32Array, file: number): void {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  for (let done = 0; done < byteLength;) {
    const count = readSync(file, bytes, done, byteLength - done, null);
    if (count === 0) throw new Error('the embeddings are cut short');
    done += count;
  }
}
