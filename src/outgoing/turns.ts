/** Lets a few do their work at the same time; the others wait, first come first served. */
export class Turns {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly atATime: number) {
    this.free = atATime;
  }

  /** How many do their work. */
  get taken(): number {
    return this.atATime - this.free;
  }

  /** @throws the signal's reason when that is aborted before the turn has come */
  async take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await this.turn(signal);
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(admit), 1);
        reject(signal.reason as Error);
      };
      const admit = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.waiting.push(admit);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
