/** A conversation with one model: what was said so far, and the next answer. Shows nothing, and reads nothing from a keyboard. */
import { unwrap, type Bough, type ChatPiece, type ChatRequest, type Schemas } from '../openapi/client.js';

export interface ConversationOptions {
  /** A model or a checkpoint. */
  readonly model: string;
  /** The system message. */
  readonly system: string | undefined;
  readonly sampling: Pick<ChatRequest, 'temperature' | 'max_tokens' | 'seed'>;
}

interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export class Conversation {
  private messages: readonly Message[];

  constructor(
    private readonly bough: Bough,
    private readonly options: ConversationOptions,
  ) {
    const { system } = options;
    this.messages = system === undefined ? [] : [{ role: 'system', content: system }];
  }

  /**
   * The answer, piece by piece. What there is of it when the signal stops it stays in the conversation; a message without any answer does not.
   * @throws {BoughError} when the service refuses, or when the answer is cut off
   */
  async *ask(message: string, signal: AbortSignal): AsyncGenerator<ChatPiece, void> {
    const request = this.request(message);
    let answer = '';
    try {
      for await (const piece of this.bough.chat(request, { signal })) {
        answer += piece.text;
        yield piece;
      }
    } finally {
      if (answer !== '') this.messages = [...request.messages, { role: 'assistant', content: answer }];
    }
  }

  /** The answer as a whole, as the service gives it. */
  async askWhole(message: string, signal: AbortSignal): Promise<Schemas['ChatCompletion']> {
    const body = this.request(message);
    const answer = unwrap(await this.bough.api.POST('/v1/chat/completions', { body, signal }));
    const completion = answer as Schemas['ChatCompletion'];
    const content = completion.choices[0]?.message.content ?? '';
    if (content !== '') this.messages = [...body.messages, { role: 'assistant', content }];
    return completion;
  }

  private request(message: string) {
    const { model, sampling } = this.options;
    return { model, messages: [...this.messages, { role: 'user' as const, content: message }], ...sampling };
  }
}
