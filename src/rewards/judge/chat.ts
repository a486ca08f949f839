/** A language model behind an OpenAI-compatible `/chat/completions`: messages in, the text of its reply out. Knows no rubric and no score. */
import { bearer } from '../../outgoing/bearer.js';
import { completionIn } from '../../outgoing/chat-completion.js';
import { shortened } from '../../outgoing/text.js';
import { RewardServer, type RewardServerOptions } from '../server.js';

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

export interface ChatOptions extends Omit<RewardServerOptions, 'headersOf' | 'isPassing'> {
  /** What the body of each request has beside its messages: model, temperature and so on. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** As OpenAI's clients do: the request came too slowly, there are too many, or the server has failed. */
const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

export class Chat {
  private readonly server: RewardServer;

  constructor(private readonly options: ChatOptions) {
    const { secret } = options;
    const headersOf = () => bearer(secret);
    this.server = new RewardServer({ ...options, headersOf, isPassing });
  }

  /**
   * @param read what is made of the reply; throws where that is no verdict
   * @throws the signal's reason, else an error that says what was wrong
   */
  ask<T>(messages: readonly ChatMessage[], read: (reply: string) => T, signal: AbortSignal): Promise<T> {
    const asked = { ...this.options.parameters, messages };
    return this.server.ask({ asked, body: JSON.stringify(asked), read: (answer) => readReply(answer, read) }, signal);
  }
}

/** What `read` makes of what the model says. */
function readReply<T>(answer: string, read: (reply: string) => T): T {
  const { reply, refusal, isCut } = completionIn(answer);
  try {
    if (reply === '') throw new Error(refusal ? `it refused: ${shortened(refusal)}` : 'its reply is empty');
    return read(reply);
  } catch (error) {
    if (!isCut) throw error;
    throw new Error(`${(error as Error).message}; the reply was cut at its end: raise max_tokens`, { cause: error });
  }
}
