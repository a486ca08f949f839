/** Stands between a run's trainer and the agents that are outside: brings it what they ask and how their rollouts end, and what it says back to them. */
import type { DataSource } from 'typeorm';
import type { ChatEvent } from '../../spec/chat.js';
import type { WorkerMessage } from '../../protocol/messages.js';
import type { ChatBus } from '../../queue/chat-bus.js';
import { haveSomeEnded, takeEnded } from '../../store/external-rollouts.js';
import type { ClaimedJob } from '../../store/jobs.js';
import { ChatRelay } from '../chat/chat-relay.js';
import { FenceLostError, type Fence } from '../claim/fence.js';

export interface RunAgentsOptions {
  readonly bus: ChatBus;
  readonly dataSource: DataSource;
  readonly fence: Fence;
  readonly job: ClaimedJob;
  /** Aborted when the work is to stop. */
  readonly signal: AbortSignal;
  readonly onProblem: (error: unknown) => void;
}

export class RunAgents {
  private readonly relay: ChatRelay;
  private readonly ended = new AbortController();
  private send: (message: WorkerMessage) => void = () => {};

  constructor(private readonly options: RunAgentsOptions) {
    const { bus, job, signal, onProblem } = options;
    this.relay = new ChatRelay({
      bus,
      id: job.subjectId,
      isWanted: null,
      onLook: () => this.look(),
      signal: AbortSignal.any([signal, this.ended.signal]),
      onProblem: (error) => {
        // Another worker has the run: this one is being told.
        if (!(error instanceof FenceLostError)) onProblem(error);
      },
    });
  }

  /** Until `close`. Never rejects. */
  run(send: (message: WorkerMessage) => void): Promise<void> {
    this.send = send;
    return this.relay.run(send);
  }

  /** What the trainer says to agents. */
  tell(events: readonly ChatEvent[]): void {
    this.relay.tell(events);
  }

  /** The trainer has ended: what it has not answered is not answered any more. */
  close(): void {
    this.ended.abort();
    this.relay.fail('the worker that was answering has stopped: ask for another rollout');
  }

  /** Tells the trainer which rollouts have ended. The table is what counts: what Redis carries only makes it quick. */
  private async look(): Promise<void> {
    const { dataSource, fence, job } = this.options;
    if (!(await haveSomeEnded(dataSource.manager, job.subjectId, job.fence))) return;
    const ended = await fence.transaction((manager) => takeEnded(manager, job.subjectId, job.fence));
    for (const { slot: rollout, ...how } of ended) this.send({ type: 'rollout_ended', rollout, ...how });
  }
}
