/** Reads what an OpenAI-compatible `/chat/completions` has answered. Asks nobody. */
import { z } from 'zod';
import { parsedJson, shortened } from './text.js';

export interface Completion {
  /** What the model says once it has thought, where its server leaves the thoughts in the reply. Empty where it says nothing. */
  readonly reply: string;
  /** Why it says nothing, where it gives a reason. */
  readonly refusal: string | null;
  /** It had no more tokens. */
  readonly isCut: boolean;
}

const Answer = z.object({
  choices: z.tuple(
    [
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    ],
    z.unknown(),
  ),
});

/** @throws {Error} what came instead of a completion */
export function completionIn(answer: string): Completion {
  const read = Answer.safeParse(parsedJson(answer));
  if (!read.success) throw new Error(`it answered with no chat completion: ${shortened(answer)}`);
  const [{ message, finish_reason: reason }] = read.data.choices;
  const reply = (message.content ?? '').replace(/^[^]*<\/think>/, '').trim();
  return { reply, refusal: message.refusal || null, isCut: reason === 'length' };
}
