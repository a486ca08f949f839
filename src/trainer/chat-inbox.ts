/** What the worker asks of a trainer that serves a model, until it is taken. Answers nothing. */
import type { WorkerMessage } from '../protocol/messages.js';

export type ChatCommand = Extract<WorkerMessage, { type: 'chat' | 'chat_cancelled' | 'close' }>;

export class ChatInbox {
  private commands: ChatCommand[] = [];
  private wake: () => void = () => {};

  put(command: ChatCommand): void {
    this.commands.push(command);
    this.wake();
  }

  /** Everything that has come, in order. */
  take(): ChatCommand[] {
    const { commands } = this;
    this.commands = [];
    return commands;
  }

  /** Resolves when there is something to take, or when the signal is aborted. */
  arrived(signal: AbortSignal): Promise<void> {
    if (this.commands.length > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
