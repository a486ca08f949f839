/** Has chats answered: sees that the model is served, sends the request to whoever serves it, and passes on what comes back. Computes nothing itself. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { Drain } from '../../http/drain.js';
import { findOwned } from '../../http/find-owned.js';
import { CHAT_WAIT_MS, ChatBus, type Said } from '../../queue/chat-bus.js';
import { JobTickets } from '../../queue/job-tickets.js';
import type { ChatEvent, ChatRequest } from '../../spec/chat.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { Model } from '../../store/entities/model.entity.js';
import { servingOf, serveModel } from '../../store/jobs.js';
import { checkSampling } from '../../store/quotas.js';
import { NO_CHAT_TEMPLATE } from '../../store/references.js';
import { Heard } from './heard.js';

/** How often it is looked whether the model is still being served, while nothing comes. */
const LOOK_MS = 1000;
/** Without a word from the worker that has taken a request: it says every few seconds that it is at work. */
const SILENCE_MS = 30_000;

/** Codes of a serving that has failed where the model is not to blame, and the same request may be answered. */
const SERVICE_FAULTS: ReadonlySet<string> = new Set(['attempts_exhausted', 'internal']);

@Injectable()
export class ChatService {
  private readonly waiting = new Map<string, Heard<Said>>();
  private hearing: Promise<void> | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly bus: ChatBus,
    private readonly tickets: JobTickets,
    private readonly drain: Drain,
  ) {}

  /** @throws {AppError} NOT_FOUND, NOT_READY, QUOTA_REACHED, or INVALID_REQUEST for a model that cannot be talked with */
  async check(projectId: string, id: string): Promise<void> {
    const { manager } = this.dataSource;
    await checkSampling(manager, projectId);
    if (id.startsWith('ckpt_')) {
      await findOwned(manager, Checkpoint, 'checkpoint', { projectId, id }, { param: 'model' });
      return;
    }
    const model = await findOwned(manager, Model, 'model', { projectId, id }, { param: 'model' });
    const { status, error, hasChatTemplate } = model;
    if (status === 'processing')
      throw new AppError('NOT_READY', { waitingFor: [`the model ${id}, which is being made`] });
    if (status === 'failed')
      throw AppError.invalid('model', `${id} is not usable: ${error?.message ?? 'it has failed'}`);
    if (hasChatTemplate === false) throw AppError.invalid('model', `${id} is not usable: ${NO_CHAT_TEMPLATE}`);
  }

  /**
   * What happens to the chat, up to `finished`.
   * @param closed aborted when the client has gone: whoever answers is told so
   * @throws {AppError} CHAT_REFUSED, TRAINER_FAILED, NOT_READY where no worker is free, DRAINING
   */
  async *events(
    projectId: string,
    modelId: string,
    chat: ChatRequest,
    closed: AbortSignal,
  ): AsyncGenerator<ChatEvent, void, void> {
    const { bus } = this;
    await this.hear();
    const heard = new Heard<Said>(AbortSignal.any([closed, this.drain.signal]));
    this.waiting.set(chat.request, heard);
    let isOver = false;
    try {
      const expires = Date.now() + CHAT_WAIT_MS;
      await this.serve(projectId, modelId);
      await bus.ask(modelId, { kind: 'chat', api: bus.id, expires_at: expires, chat });
      let [isTaken, heardAt] = [false, Date.now()];
      while (!closed.aborted) {
        if (this.drain.isDraining) throw new AppError('DRAINING', {});
        const said = await heard.next(LOOK_MS);
        if (said === null) {
          if (!isTaken) await this.look(projectId, modelId, expires);
          else if (Date.now() - heardAt > SILENCE_MS)
            throw new AppError('TRAINER_FAILED', {
              reason: 'the worker that was answering is silent: send the request again',
            });
          continue;
        }
        [isTaken, heardAt] = [true, Date.now()];
        if (said.kind === 'working') continue;
        isOver = said.kind === 'failed' || said.kind === 'finished';
        if (said.kind === 'failed') throw failureOf(said);
        yield said;
        if (isOver) return;
      }
    } finally {
      this.waiting.delete(chat.request);
      if (!isOver) await bus.ask(modelId, { kind: 'cancelled', request: chat.request }).catch(() => undefined);
    }
  }

  /** Once in a process; again where Redis did not answer. */
  private hear(): Promise<void> {
    this.hearing ??= this.bus
      .hear((said) => this.waiting.get(said.request)?.put(said))
      .catch((error: unknown) => {
        this.hearing = null;
        throw error;
      });
    return this.hearing;
  }

  private async serve(projectId: string, modelId: string): Promise<void> {
    const job = await serveModel(this.dataSource.manager, projectId, modelId);
    if (job) await this.tickets.issue(job);
  }

  /** Nobody has taken the request yet: the serving may have failed, or have just ended. */
  private async look(projectId: string, modelId: string, expires: number): Promise<void> {
    const serving = await servingOf(this.dataSource.manager, modelId);
    if (serving?.status === 'failed') {
      const { code, message } = serving.error ?? { code: 'internal', message: 'it failed' };
      throw failureOf({ category: SERVICE_FAULTS.has(code) ? 'server' : 'user', message });
    }
    if (Date.now() > expires) {
      throw new AppError('NOT_READY', { waitingFor: [`a worker that is free to load ${modelId}: try again later`] });
    }
    if (serving?.status === 'done' || serving?.status === 'cancelled') await this.serve(projectId, modelId);
  }
}

function failureOf({
  category,
  message,
}: Pick<Extract<ChatEvent, { kind: 'failed' }>, 'category' | 'message'>): AppError {
  return category === 'user'
    ? new AppError('CHAT_REFUSED', { reason: message })
    : new AppError('TRAINER_FAILED', { reason: message });
}
