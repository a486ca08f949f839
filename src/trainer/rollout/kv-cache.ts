/**
 * Who holds which slots of the engine's key/value store. A segment's keys and values exist once; every trajectory through it counts as a holder, so that
 * a fork copies pointers and nothing else. Not the store: numbers of slots only.
 */

/** The engine's store, as far as its size is concerned. */
export interface SlotStore {
  /** Makes at least this many slots usable; what is stored stays. */
  ensure(slots: number): void;
}

/** Slots of one segment's fed tokens, in order. They return to the cache when it has no holders. */
interface CachedSegment {
  holders: number;
  slots: number[];
}

export class KvCache {
  private readonly free: number[] = [];
  private used = 0;

  constructor(private readonly store: SlotStore) {}

  /** Slots that are in use. */
  get size(): number {
    return this.used - this.free.length;
  }

  take(): number {
    const freed = this.free.pop();
    if (freed !== undefined) return freed;
    this.used += 1;
    this.store.ensure(this.used);
    return this.used - 1;
  }

  give(slots: readonly number[]): void {
    this.free.push(...slots);
  }
}

/** The slots along one path through a tree, from the root to where a trajectory is. */
export class CachedPath {
  private readonly segments: CachedSegment[];
  private slots_T: Int32Array;
  /** Tokens of the path whose keys and values are in the store. */
  length: number;

  private constructor(
    private readonly cache: KvCache,
    segments: CachedSegment[],
    slots_T: Int32Array,
    length: number,
  ) {
    this.segments = segments;
    this.slots_T = slots_T;
    this.length = length;
  }

  static root(cache: KvCache): CachedPath {
    return new CachedPath(cache, [{ holders: 1, slots: [] }], new Int32Array(64), 0);
  }

  /** Slots of the tokens from depth `start` to depth `end`. */
  slots(start: number, end = this.length): Int32Array {
    return this.slots_T.subarray(start, end);
  }

  /** What is fed from here on belongs to a new segment. */
  enter(): void {
    this.segments.push({ holders: 1, slots: [] });
  }

  /** Takes slots for the path's next `count` tokens, as part of the segment that was entered last. */
  extend(count: number): void {
    const segment = this.segments.at(-1)!;
    if (segment.holders > 1) throw new Error('a shared segment cannot grow: enter a new one first');
    if (this.length + count > this.slots_T.length) {
      const grown = new Int32Array(Math.max(this.length + count, 2 * this.slots_T.length));
      grown.set(this.slots_T);
      this.slots_T = grown;
    }
    for (let i = 0; i < count; i++) {
      const slot = this.cache.take();
      segment.slots.push(slot);
      this.slots_T[this.length++] = slot;
    }
  }

  /** A path that shares all segments so far. */
  fork(): CachedPath {
    for (const segment of this.segments) segment.holders += 1;
    return new CachedPath(this.cache, [...this.segments], this.slots_T.slice(), this.length);
  }

  /** Lets go of all segments. The path must not be used afterwards. */
  release(): void {
    for (const segment of this.segments) {
      segment.holders -= 1;
      if (segment.holders === 0) this.cache.give(segment.slots);
    }
  }
}
