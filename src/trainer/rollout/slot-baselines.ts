/**
 * The entropies that the released code compares with: those of the trajectory that was the first, in any step, to have a place among a step's prompts and in its
 * group. Part of a run's state, because they are never forgotten. That code numbers forks over the whole batch; here they are numbered within their group.
 */
import type { Probe } from '../algorithms/branching.js';
import type { SlotBaseline } from '../model/checkpoint.js';

export class SlotBaselines {
  private readonly bySlot = new Map<string, SlotBaseline>();

  /** @param entries those that are known; gets the others */
  constructor(private readonly entries: SlotBaseline[]) {
    for (const entry of entries) this.bySlot.set(`${entry[0]}/${entry[1]}`, entry);
  }

  /** null: no trajectory has had that slot. */
  of(place: number, trajectory: number): Probe | null {
    const entry = this.bySlot.get(`${place}/${trajectory}`);
    return entry ? { sum: entry[2], count: entry[3] } : null;
  }

  /** Only the first of a slot counts. */
  note(place: number, trajectory: number, { sum, count }: Probe): void {
    const slot = `${place}/${trajectory}`;
    if (this.bySlot.has(slot)) return;
    const entry = [place, trajectory, sum, count] as const;
    this.bySlot.set(slot, entry);
    this.entries.push(entry);
  }
}
