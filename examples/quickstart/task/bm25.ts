/**
 * Best-match ranking over the quickstart's documents, to check while a question is made that search can answer it.
 * Not the search tool: that is the service's, set to the same constants, and runs when an agent calls it.
 */

/** The search tool's settings. With the usual 1.2 and .75 the wrong sentence ranks first for many countries. */
export const searchSettings = { k1: 0.2, b: 0.5, top_k: 1 } as const;

export const NO_RESULT = 'No search results found.';

/** Lower-cased runs of letters and digits. */
function terms(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * Indexes the documents once; the function returned gives the text of the best one, of equals the first.
 * Okapi BM25 with idf = ln(1 + (N - n + .5) / (n + .5)) (Robertson & Zaragoza 2009, in the form that is never negative).
 */
export function bm25(documents: readonly string[]): (query: string) => string {
  const postings = new Map<string, Map<number, number>>();
  const lengths = documents.map((text, index) => {
    const words = terms(text);
    for (const word of words) {
      const counts = postings.get(word) ?? new Map<number, number>();
      counts.set(index, (counts.get(index) ?? 0) + 1);
      postings.set(word, counts);
    }
    return words.length;
  });
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / documents.length;
  const { k1, b } = searchSettings;

  return (query) => {
    const scores = new Map<number, number>();
    for (const word of terms(query)) {
      const counts = postings.get(word);
      if (!counts) continue;
      const idf = Math.log(1 + (documents.length - counts.size + 0.5) / (counts.size + 0.5));
      for (const [index, count] of counts) {
        const norm = k1 * (1 - b + (b * (lengths[index] as number)) / meanLength);
        scores.set(index, (scores.get(index) ?? 0) + (idf * count * (k1 + 1)) / (count + norm));
      }
    }
    let best: { index: number; score: number } | null = null;
    for (const [index, score] of scores) {
      if (!best || score > best.score || (score === best.score && index < best.index)) best = { index, score };
    }
    return best ? (documents[best.index] as string) : NO_RESULT;
  };
}
