/**
 * Counter-based random numbers: every draw is a pure function of a seed and the counters that name it.
 * Not a generator: there is no state to save or restore, so a resumed run draws the same numbers whatever order it draws them in.
 *
 * Name a draw by what it decides, for example `uniform(seed, step, prompt, segment, position)`. Two draws with the same seed and
 * counters are equal, so two uses that must be independent need different counters (or seeds): let the first counter say which use it is.
 * Missing trailing counters count as 0 within a block of four.
 */

/** Four unsigned 32-bit words. */
export type Words4 = [number, number, number, number];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * Takes four counter words and two key words, unsigned 32-bit each; returns four unsigned 32-bit words.
 */
export function philox(counter: Readonly<Words4>, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/**
 * The four random words that `seed` and `counters` name. `seed` is an integer in [0, 2^53), each counter one in [0, 2^32).
 * More than four counters are chained: the words of one block of four become the key of the next.
 */
function draw(seed: number, counters: readonly number[]): Words4 {
  let key: [number, number] = [seed >>> 0, Math.floor(seed / 0x100000000)];
  for (let block = 0; ; block += 4) {
    const words = philox(
      [counters[block] ?? 0, counters[block + 1] ?? 0, counters[block + 2] ?? 0, counters[block + 3] ?? 0],
      key,
    );
    if (block + 4 >= counters.length) return words;
    key = [words[0], words[1]];
  }
}

/** A double in [0, 1) with 53 random bits from two random words. */
function toUnit(high: number, low: number): number {
  return ((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000;
}

/** The uniform double in [0, 1), of 53 random bits, that `seed` and `counters` name. */
export function uniform(seed: number, ...counters: number[]): number {
  const [high, low] = draw(seed, counters);
  return toUnit(high, low);
}

/** The standard normal double that `seed` and `counters` name (Box and Muller 1958). It shares its random words with `uniform` of the same name. */
export function normal(seed: number, ...counters: number[]): number {
  const [a, b, c, d] = draw(seed, counters);
  const radius = Math.sqrt(-2 * Math.log(1 - toUnit(a, b)));
  return radius * Math.cos(2 * Math.PI * toUnit(c, d));
}

/** A stream of 32-bit words (sfc32 of PractRand), begun with the words that `seed` and `counters` name: for bulk draws that are made again in the same order. */
export function randomBits(seed: number, ...counters: number[]): () => number {
  let [a, b, c, d] = draw(seed, counters);
  return () => {
    const word = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + word) | 0;
    return word >>> 0;
  };
}
