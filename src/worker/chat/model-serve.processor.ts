/** Serves a model or a checkpoint: a trainer keeps it loaded and answers the chats that are asked of it, several at a time. */
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ChatEvent } from '../../spec/chat.js';
import type { CallSyntax } from '../../spec/prompt.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { isLaneWanted, noteProgress } from '../../store/jobs.js';
import { recordUsage, type UsageDelta } from '../../store/usage.js';
import { InputFiles } from '../inputs/input-files.js';
import type { JobContext, JobEnd, JobProcessor } from '../jobs/job-processor.js';
import { endOf } from '../jobs/outcome-end.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { LogOnlyHandler } from '../model/log-only-handler.js';
import type { TrainerHandler, TrainerMessageOf } from '../trainer/trainer-handler.js';
import { superviseTrainer } from '../trainer/trainer-session.js';
import { ChatRelay } from './chat-relay.js';

class ChatHandler extends LogOnlyHandler implements TrainerHandler {
  /** Ends when what was answered so far is counted. */
  counted = Promise.resolve();

  constructor(
    private readonly relay: ChatRelay,
    private readonly count: (usage: UsageDelta) => Promise<void>,
    onLog: (message: string) => void,
  ) {
    super(onLog);
  }

  chat({ events }: TrainerMessageOf<'chat'>): void {
    this.relay.tell(events);
    for (const event of events) {
      if (event.kind === 'finished') this.counted = this.counted.then(() => this.count(usageOf(event)));
    }
  }
}

const usageOf = ({ prompt_tokens, completion_tokens }: Extract<ChatEvent, { kind: 'finished' }>): UsageDelta => ({
  prompt_tokens,
  sampled_tokens: completion_tokens,
  trained_tokens: 0,
  tool_calls: 0,
  wall_time_s: 0,
});

export class ModelServeProcessor implements JobProcessor {
  private readonly logger = new Logger('Chat');

  constructor(private readonly dependencies: WorkerDependencies) {}

  async claimed(): Promise<void> {}

  async released(): Promise<void> {}

  /** Whoever waits for an answer looks at the job itself. */
  async settle(): Promise<void> {}

  async work({ job, signal, scratch }: JobContext): Promise<JobEnd> {
    const { dataSource, blobs, chats, threads, trainerEntry, trainerLimits } = this.dependencies;
    const { subjectId: modelId, projectId } = job;
    const directory = join(scratch, 'model');
    await new InputFiles(dataSource, blobs, projectId, signal).model(modelId, directory, { asked: true });
    const calls = await callSyntaxOf(dataSource.manager, modelId);
    const ended = new AbortController();
    const relay = new ChatRelay({
      bus: chats,
      id: modelId,
      isWanted: () => isLaneWanted(dataSource.manager, job.lane),
      signal: AbortSignal.any([signal, ended.signal]),
      onProblem: (error) => this.logger.warn(`${modelId}: ${String(error)}`),
    });
    const onLine = (line: string) => this.logger.log(`${modelId}: ${line}`);
    const count = async (usage: UsageDelta) => {
      const { manager } = dataSource;
      const noted = Promise.all([recordUsage(manager, projectId, usage), noteProgress(manager, job.id)]);
      await noted.catch((error: unknown) =>
        this.logger.warn(`${modelId}: what was answered is not counted: ${String(error)}`),
      );
    };
    const handler = new ChatHandler(relay, count, onLine);
    try {
      const outcome = await superviseTrainer({
        job: { kind: 'serve', model_directory: directory, calls, threads },
        handler,
        signal,
        onLine,
        onStarted: (send) => void relay.run(send),
        entry: trainerEntry,
        limits: trainerLimits,
      });
      return endOf(outcome, signal);
    } finally {
      ended.abort();
      relay.fail('the worker that was answering has stopped: send the request again');
      await handler.counted;
    }
  }
}

/** How the run that made a checkpoint had its tools called; null where it had none, and for models, which no run has made. */
async function callSyntaxOf(manager: EntityManager, modelId: string): Promise<CallSyntax | null> {
  const checkpoint = await manager.findOne(Checkpoint, { where: { id: modelId }, relations: { run: true } });
  const spec = checkpoint?.run?.spec;
  if (!spec || spec.tools.length === 0) return null;
  const { tool_syntax, call_delimiters, tag_names } = spec.prompt;
  return { tool_syntax, call_delimiters, tag_names };
}
