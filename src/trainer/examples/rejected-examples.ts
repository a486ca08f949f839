/** Examples that cannot be used, with the reason for each: collected while a dataset is gone through, so that all of them are named at once. */

/** Named one by one; of the rest only the number is said. */
const MAX_NAMED = 20;
const LONGEST_REASON = 200;

export class RejectedExamples {
  private readonly rejected = new Set<number>();
  private readonly named: string[] = [];

  /** @param index of the example in the dataset, which lies on this line of the job's file */
  add(line: number, index: number, reason: string): void {
    this.rejected.add(line);
    if (this.named.length === MAX_NAMED) return;
    const short = reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
    this.named.push(`example ${index}: ${short}`);
  }

  get lines(): ReadonlySet<number> {
    return this.rejected;
  }

  get count(): number {
    return this.rejected.size;
  }

  /** Such as `2 of 10 examples cannot be rendered: example 3: no system message, please; example 8: …`. */
  describe(of: number, fault: string): string {
    const more = this.count - this.named.length;
    const rest = more === 0 ? '' : `; and ${more} more`;
    return `${this.count} of ${of} examples ${fault}: ${this.named.join('; ')}${rest}`;
  }
}
