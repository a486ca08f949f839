/** A server that a reward asks: some requests at the same time, each tried again within its limit, and answers that are kept for whoever asks the same. */
import { post, refusalOf, type PostOptions } from '../outgoing/post.js';
import { withoutSecrets } from '../outgoing/without-secrets.js';
import { Turns } from '../outgoing/turns.js';

/** What the servers of a project have answered, by what they were asked. */
export interface KeptAnswers {
  find(asked: unknown, signal: AbortSignal): Promise<string | null>;
  keep(asked: unknown, answer: string, signal: AbortSignal): Promise<void>;
}

export interface RewardServerOptions extends Pick<PostOptions, 'outgoing' | 'url' | 'timeoutS' | 'isPassing'> {
  readonly headersOf: (body: string) => Readonly<Record<string, string>>;
  /** What requests show to the server; cut out of what it answers. Null: nothing is shown. */
  readonly secret: string | null;
  /** Requests at the same time. */
  readonly concurrency: number;
  readonly cache: 'off' | 'read_write' | 'read_only';
  /** Null: nothing is kept, and nothing has been. */
  readonly kept: KeptAnswers | null;
}

export interface Asking<T> {
  /** What the answer depends on, beside the server. */
  readonly asked: unknown;
  readonly body: string;
  /** Throws where the answer is none; it is then not kept. */
  readonly read: (answer: string) => T;
  /** Whether the same would be answered another time; only that is kept. Default true. */
  readonly isLasting?: (value: T) => boolean;
}

const MAX_ANSWER_BYTES = 2 ** 20;

export class RewardServer {
  private readonly turns: Turns;

  constructor(private readonly options: RewardServerOptions) {
    this.turns = new Turns(options.concurrency);
  }

  /** @throws the signal's reason, else an error that says what was wrong without the secret */
  async ask<T>({ asked, body, read, isLasting = () => true }: Asking<T>, signal: AbortSignal): Promise<T> {
    const { cache } = this.options;
    const kept = cache === 'off' ? null : this.options.kept;
    try {
      const found = await kept?.find(asked, signal);
      if (found != null) return read(found);
      if (cache === 'read_only') throw new Error(`its cache is read_only and has no answer to this; use "read_write"`);
      const answer = await this.turns.take(() => this.answer(body, signal), signal);
      const value = read(answer);
      if (isLasting(value)) await kept?.keep(asked, answer, signal);
      return value;
    } catch (error) {
      signal.throwIfAborted();
      // Without its cause, which may quote the secret.
      // oxlint-disable-next-line eslint/preserve-caught-error
      throw new Error(this.shown(error instanceof Error ? error.message : String(error)));
    }
  }

  private async answer(body: string, signal: AbortSignal): Promise<string> {
    const { headersOf, ...options } = this.options;
    const headers = () => ({ accept: 'application/json', ...headersOf(body) });
    const answer = await post({ ...options, headers, maxBytes: MAX_ANSWER_BYTES }, body, signal);
    if (!answer.ok) throw new Error(refusalOf(options.url, answer));
    return this.shown(answer.text);
  }

  private shown(text: string): string {
    const { secret } = this.options;
    return secret === null ? text : withoutSecrets(text, [secret]);
  }
}
