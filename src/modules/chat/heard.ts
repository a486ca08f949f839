/** What has been heard and not been taken yet, of one request. */
export class Heard<T> {
  private readonly items: T[] = [];
  private wake: () => void = () => {};

  /** @param signal ends all waiting */
  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.wake(), { once: true });
  }

  put(item: T): void {
    this.items.push(item);
    this.wake();
  }

  /** The next in order; null where nothing comes within the time, or when waiting has been ended. */
  async next(limitMs: number): Promise<T | null> {
    if (this.items.length === 0 && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.items.shift() ?? null;
  }
}
