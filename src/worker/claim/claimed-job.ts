/** A job as this worker holds it. The fence is what makes it this worker's. */
import type { JobKind, JobLane } from '../../store/entities/job.entity.js';

export interface ClaimedJob {
  readonly id: string;
  readonly projectId: string;
  readonly kind: JobKind;
  readonly subjectId: string;
  readonly lane: JobLane;
  /** Rises with each claim: the number of this attempt in the rows that it writes. */
  readonly fence: number;
  /** Claims since the work last made progress, this one included. */
  readonly attempts: number;
  readonly cancelRequested: boolean;
  /** Why the attempt before ended; null when there was none or when its worker vanished. */
  readonly error: { readonly code: string; readonly message: string } | null;
}
