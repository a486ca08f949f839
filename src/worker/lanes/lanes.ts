/** The lanes of this worker. A type of its own, so that it can be injected. */
import type { JobLane } from '../../store/entities/job.entity.js';
import type { Lane } from './lane.js';

export class Lanes {
  constructor(private readonly byName: Readonly<Record<JobLane, Lane>>) {}

  of(lane: JobLane): Lane {
    return this.byName[lane];
  }

  get all(): readonly Lane[] {
    return Object.values(this.byName);
  }
}
