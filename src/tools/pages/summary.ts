/** Has a language model take out of pages what answers a query, as in the released browser. Reads no page. */
import { bearer } from '../../outgoing/bearer.js';
import { completionIn, type Completion } from '../../outgoing/chat-completion.js';
import type { Outgoing } from '../../outgoing/outgoing.js';
import { post, refusalOf } from '../../outgoing/post.js';
import { shortened } from '../../outgoing/text.js';
import { informationIn, summaryPrompt } from '../../spec/tools/summary-text.js';

export interface SummariserOptions {
  /** Of `/chat/completions`. */
  readonly url: URL;
  readonly outgoing: Outgoing;
  readonly model: string;
  /** Sent as a bearer token; null: none is. */
  readonly secret: string | null;
  readonly temperature: number | null;
  readonly maxTokens: number;
  /** Of a summary, with all that it is tried again. */
  readonly timeoutS: number;
}

const MAX_ANSWER_BYTES = 2 ** 20;

/** @throws the signal's reason, else an error that says what was wrong */
export async function summaryOf(
  { url, outgoing, model, secret, temperature, maxTokens, timeoutS }: SummariserOptions,
  query: string,
  pages: string,
  signal: AbortSignal,
): Promise<string> {
  const headers = () => ({
    accept: 'application/json',
    ...bearer(secret),
  });
  const body = JSON.stringify({
    model,
    messages: [{ role: 'user', content: summaryPrompt(query, pages) }],
    ...(temperature === null ? {} : { temperature }),
    max_tokens: maxTokens,
  });
  const answer = await post({ url, outgoing, headers, timeoutS, maxBytes: MAX_ANSWER_BYTES }, body, signal);
  if (!answer.ok) throw new Error(refusalOf(url, answer));
  try {
    return informationOf(completionIn(answer.text));
  } catch (error) {
    throw new Error(`${url.host}: ${(error as Error).message}`, { cause: error });
  }
}

function informationOf({ reply, refusal, isCut }: Completion): string {
  const information = informationIn(reply);
  if (information !== '') return information;
  if (refusal) throw new Error(`it refused: ${shortened(refusal)}`);
  throw new Error(`its summary is empty${isCut ? ', and was cut at its end: raise max_tokens' : ''}`);
}
