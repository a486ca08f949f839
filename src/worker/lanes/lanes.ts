/** The lanes of this worker. A type of its own, so that it can be injected. */
import { JOB_LANES, type JobLane } from '../../store/entities/job.entity.js';
import type { Lane } from './lane.js';

export class Lanes {
  private readonly byName: Readonly<Record<JobLane, Lane>>;

  constructor(laneOf: (lane: JobLane) => Lane) {
    this.byName = Object.fromEntries(JOB_LANES.map((lane) => [lane, laneOf(lane)])) as Record<JobLane, Lane>;
  }

  of(lane: JobLane): Lane {
    return this.byName[lane];
  }

  get all(): readonly Lane[] {
    return Object.values(this.byName);
  }
}
