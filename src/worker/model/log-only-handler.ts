/** The handler for a trainer that has nothing to ask and nothing to store but its log. */
import type { ScoreResult } from '../../protocol/messages.js';
import type { StorableMessage, ToolAnswer, TrainerHandler } from '../trainer/trainer-handler.js';

export class LogOnlyHandler implements TrainerHandler {
  constructor(private readonly onLog: (message: string) => void) {}

  async onHello(): Promise<void> {}

  async phase(): Promise<void> {}

  callTool(): Promise<ToolAnswer> {
    return Promise.reject(new Error('there are no tools here'));
  }

  score(): Promise<ScoreResult[]> {
    return Promise.reject(new Error('there is no reward here'));
  }

  store(message: StorableMessage): Promise<void> {
    if (message.type !== 'log') return Promise.reject(new Error(`nothing is done with a ${message.type} here`));
    this.onLog(message.message);
    return Promise.resolve();
  }
}
