/** The best of many scores, equally good ones by number. */
export class Best {
  /** Best first. */
  readonly numbers: number[] = [];
  /** What a score must reach to be among them; less than any while there is room. */
  threshold = -Infinity;
  private readonly scores: number[] = [];

  constructor(private readonly limit: number) {}

  offer(number: number, score: number): void {
    if (score < this.threshold) return;
    const { scores, numbers, limit } = this;
    let place = scores.length;
    while (place > 0 && (scores[place - 1]! < score || (scores[place - 1] === score && numbers[place - 1]! > number)))
      place -= 1;
    if (place === limit) return;
    scores.splice(place, 0, score);
    numbers.splice(place, 0, number);
    if (scores.length > limit) {
      scores.pop();
      numbers.pop();
    }
    if (scores.length === limit) this.threshold = scores.at(-1)!;
  }
}
