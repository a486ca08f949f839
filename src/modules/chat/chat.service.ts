/** Has chats answered: sees that somebody can, sends the request there, and passes on what comes back. Computes nothing itself. */
import { Injectable } from '@nestjs/common';
import { AppError } from '../../errors/app-error.js';
import { Drain } from '../../http/drain.js';
import { CHAT_WAIT_MS, ChatBus, type Said } from '../../queue/chat-bus.js';
import type { ChatEvent, ChatRequest } from '../../spec/chat.js';
import { Heard } from './heard.js';

/** How often it is looked whether the model is still being served, while nothing comes. */
const LOOK_MS = 1000;
/** Without a word from the worker that has taken a request: it says every few seconds that it is at work. */
const SILENCE_MS = 30_000;

/** Who is to answer. */
export interface Answerer {
  /** Of the list of requests. */
  readonly id: string;
  /** Sees that somebody answers, or will. */
  begin(): Promise<void>;
  /**
   * Called now and then while nobody has taken the request, and while nothing is said.
   * @param isTaken whether a worker has taken it
   * @throws {AppError} when no answer will come
   */
  look(isTaken: boolean, isExpired: boolean): Promise<void>;
}

@Injectable()
export class ChatService {
  private readonly waiting = new Map<string, Heard<Said>>();
  private hearing: Promise<void> | null = null;

  constructor(
    private readonly bus: ChatBus,
    private readonly drain: Drain,
  ) {}

  /**
   * What happens to the chat, up to `finished`.
   * @param closed aborted when the client has gone: whoever answers is told so
   * @throws {AppError} CHAT_REFUSED, TRAINER_FAILED, NOT_READY where no worker is free, DRAINING
   */
  async *events(answerer: Answerer, chat: ChatRequest, closed: AbortSignal): AsyncGenerator<ChatEvent, void, void> {
    const { bus } = this;
    await this.hear();
    const heard = new Heard<Said>(AbortSignal.any([closed, this.drain.signal]));
    this.waiting.set(chat.request, heard);
    let isOver = false;
    try {
      const expires = Date.now() + CHAT_WAIT_MS;
      await answerer.begin();
      await bus.ask(answerer.id, { kind: 'chat', api: bus.id, expires_at: expires, chat });
      let [isTaken, heardAt] = [false, Date.now()];
      while (!closed.aborted) {
        if (this.drain.isDraining) throw new AppError('DRAINING', {});
        const said = await heard.next(LOOK_MS);
        if (said === null) {
          await answerer.look(isTaken, Date.now() > expires);
          if (isTaken && Date.now() - heardAt > SILENCE_MS)
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
      if (!isOver) await bus.ask(answerer.id, { kind: 'cancelled', request: chat.request }).catch(() => undefined);
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
}

export function failureOf({
  category,
  message,
}: Pick<Extract<ChatEvent, { kind: 'failed' }>, 'category' | 'message'>): AppError {
  return category === 'user'
    ? new AppError('CHAT_REFUSED', { reason: message })
    : new AppError('TRAINER_FAILED', { reason: message });
}
