/** Seconds per part of a step, for the metrics `time/…`. */
export class Stopwatch {
  private readonly seconds = new Map<string, number>();
  private readonly startedAt = performance.now();

  /** Since the watch was started. */
  get total(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  add(part: string, seconds: number): void {
    this.seconds.set(part, (this.seconds.get(part) ?? 0) + seconds);
  }

  async time<T>(part: string, work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      return await work();
    } finally {
      this.add(part, (performance.now() - from) / 1000);
    }
  }

  metrics(): Record<string, number> {
    return Object.fromEntries([...this.seconds].map(([part, seconds]) => [`time/${part}_s`, seconds]));
  }
}
