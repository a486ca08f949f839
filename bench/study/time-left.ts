/** How long the rest of the study will take, from what its finished parts took. Pure. */

export type Part = 'cold start' | 'training' | 'evaluation';

export class TimeLeft {
  private readonly taken = new Map<Part, { count: number; seconds: number }>();

  constructor(private readonly planned: Readonly<Record<Part, number>>) {}

  finished(part: Part, seconds: number): void {
    const { count, seconds: before } = this.of(part);
    this.taken.set(part, { count: count + 1, seconds: before + seconds });
  }

  /** Null as long as no part of some kind has been timed. */
  get seconds(): number | null {
    let left = 0;
    for (const [part, planned] of Object.entries(this.planned) as [Part, number][]) {
      const { count, seconds } = this.of(part);
      const missing = Math.max(0, planned - count);
      if (missing > 0 && count === 0) return null;
      if (missing > 0) left += (missing * seconds) / count;
    }
    return left;
  }

  private of(part: Part): { count: number; seconds: number } {
    return this.taken.get(part) ?? { count: 0, seconds: 0 };
  }
}
