/** What the worker asks of a trainer whose model is talked with, until it is taken. Answers nothing. */
import type { WorkerMessage } from '../protocol/messages.js';

export type ChatCommand = Extract<WorkerMessage, { type: 'chat' | 'chat_cancelled' | 'close' | 'rollout_ended' }>;

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

  /** Resolves when there is something to take, when the signal is aborted, or after the time. */
  arrived(signal: AbortSignal, limitMs?: number): Promise<void> {
    if (this.commands.length > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(() => this.wake(), limitMs);
      const onAbort = () => this.wake();
      this.wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
