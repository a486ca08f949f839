/** Documents and queries of made-up words that are as frequent as those of a language: the n-th has a share of 1 / (n + 1). The same in every process. */

const WORDS = 500_000;
const DOCUMENT_WORDS = 60;
const QUERY_WORDS = [2, 3, 4, 5, 6];

/** Where each word's share of all words ends, from the most frequent on. */
const shares = new Float64Array(WORDS);
let total = 0;
for (let word = 0; word < WORDS; word += 1) shares[word] = total += 1 / (word + 2);

/** Mulberry32. */
export function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The document of this number: 30 to 90 words. */
export function documentText(number: number): string {
  const draw = draws(number);
  return wordsOf(DOCUMENT_WORDS / 2 + Math.floor(draw() * (DOCUMENT_WORDS + 1)), draw);
}

/** Two to six words, each as frequent as in documents. */
export function queryText(number: number): string {
  const draw = draws(-1 - number);
  return wordsOf(QUERY_WORDS[number % QUERY_WORDS.length]!, draw);
}

function wordsOf(count: number, draw: () => number): string {
  return Array.from({ length: count }, () => wordAt(draw() * total)).join(' ');
}

function wordAt(share: number): string {
  let [low, high] = [0, WORDS - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (shares[middle]! < share) low = middle + 1;
    else high = middle;
  }
  return `w${low.toString(36)}`;
}
