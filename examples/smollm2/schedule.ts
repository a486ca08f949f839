/** How long the example takes: planned seconds of its parts, and what is left at the pace so far. Waits for nothing. */
import { clock } from '../../cli/terminal/figures.js';

export interface Part {
  readonly name: string;
  /** On two cores that have nothing else to do. */
  readonly seconds: number;
}

/** Follows the parts in their order. */
export class Schedule {
  private done = 0;

  /** @param elapsed seconds since the command was given */
  constructor(
    private readonly parts: readonly Part[],
    private readonly elapsed: () => number,
  ) {}

  /** The plan, one line for each part. */
  get plan(): string[] {
    const lines = this.parts.map(({ name, seconds }) => `${clock(seconds).padStart(6)}  ${name}`);
    return [...lines, `${clock(secondsOf(this.parts)).padStart(6)}  in all, on two cores that have nothing else to do`];
  }

  /** The next part has ended. Returns where that leaves the example. */
  finishPart(): string {
    this.done += 1;
    const elapsed = this.elapsed();
    const pace = elapsed / secondsOf(this.parts.slice(0, this.done));
    const left = pace * secondsOf(this.parts.slice(this.done));
    return `${clock(elapsed)} so far, about ${clock(left)} left`;
  }
}

function secondsOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { seconds }) => sum + seconds, 0);
}
