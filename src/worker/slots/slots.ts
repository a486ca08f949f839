/** The slots of this worker. A type of its own, so that it can be injected. */
import type { JobSlot } from '../../store/entities/job.entity.js';
import type { Slot } from './slot.js';

export class Slots {
  constructor(private readonly bySlot: Readonly<Record<JobSlot, Slot>>) {}

  of(slot: JobSlot): Slot {
    return this.bySlot[slot];
  }

  get all(): readonly Slot[] {
    return Object.values(this.bySlot);
  }
}
