/**
 * Bull's side of the worker. A ticket is held while its lane works, so that a busy worker takes no further tickets; which job the lane
 * works on is the claim's decision, whatever the ticket names.
 */
import { Process, Processor } from '@nestjs/bull';
import { QUEUE_OF } from '../../queue/jobs.js';
import { Lanes } from './lanes.js';

@Processor(QUEUE_OF.train)
export class TrainTickets {
  constructor(private readonly lanes: Lanes) {}

  @Process({ name: '*', concurrency: 1 })
  async onTicket(): Promise<void> {
    await this.lanes.of('train').wake();
  }
}

@Processor(QUEUE_OF.transfer)
export class TransferTickets {
  constructor(private readonly lanes: Lanes) {}

  @Process({ name: '*', concurrency: 1 })
  async onTicket(): Promise<void> {
    await this.lanes.of('transfer').wake();
  }
}

@Processor(QUEUE_OF.short)
export class ShortTickets {
  constructor(private readonly lanes: Lanes) {}

  @Process({ name: '*', concurrency: 1 })
  async onTicket(): Promise<void> {
    await this.lanes.of('short').wake();
  }
}
