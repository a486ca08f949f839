/**
 * Bull's side of the worker. A ticket is held while its lane works, so that a busy worker takes no further tickets; which job the lane
 * works on is the claim's decision, whatever the ticket names.
 */
import { Process, Processor } from '@nestjs/bull';
import type { Type } from '@nestjs/common';
import { queueOf } from '../../queue/jobs.js';
import { JOB_LANES, type JobLane } from '../../store/entities/job.entity.js';
import { Lanes } from './lanes.js';

/** One for each lane. */
export const ticketProcessors: readonly Type[] = JOB_LANES.map(ticketsOf);

function ticketsOf(lane: JobLane): Type {
  @Processor(queueOf(lane))
  class Tickets {
    constructor(private readonly lanes: Lanes) {}

    @Process({ name: '*', concurrency: 1 })
    async onTicket(): Promise<void> {
      await this.lanes.of(lane).wake();
    }
  }
  return Tickets;
}
