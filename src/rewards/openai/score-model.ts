/** OpenAI's grader `score_model`: messages of the user's to a language model, which gives a number within a range. */
import type { Reward, RewardItem } from '../reward.js';
import type { Chat, ChatMessage } from '../judge/chat.js';
import { judgeReward } from '../judge/judge.js';
import { verdictReader, type Verdict } from '../judge/verdict.js';
import { filled } from './template.js';

type Content = string | { readonly text: string } | readonly (string | { readonly text: string })[];

export interface ScoreModelOptions {
  readonly chat: Chat;
  readonly input: readonly { readonly role: string; readonly content: Content }[];
  /** The least and the greatest score. */
  readonly range: readonly number[];
  /** From which score on an answer has passed; null: nothing is said of that. */
  readonly passThreshold: number | null;
}

/** OpenAI makes its models reply in this form; others are told. */
const formOf = (min: number, max: number): string =>
  `Reply with a JSON object whose field "result" is a number from ${min} to ${max}, such as {"result": ${max}}.`;

export function scoreModelReward({ chat, input, range, passThreshold }: ScoreModelOptions): Reward {
  const [min = 0, max = 1] = range;
  const numberOf = verdictReader({ type: 'json', field: 'result' });
  const verdictOf = (reply: string): Verdict => {
    const { score } = numberOf(reply);
    if (score < min || score > max) throw new Error(`the judge gave ${score}, which is not from ${min} to ${max}`);
    const passed = passThreshold === null ? String(score) : score >= passThreshold ? 'passed' : 'failed';
    return { score, text: passed };
  };
  // Within the last message: many chat templates take no system message after the first.
  const messagesOf = (item: RewardItem): ChatMessage[] =>
    input.map(({ role, content }, i) => {
      const text = textOf(content, item);
      return { role, content: i === input.length - 1 ? `${text}\n\n${formOf(min, max)}` : text };
    });
  return judgeReward({ name: 'score_model', chat, messagesOf, verdictOf });
}

function textOf(content: Content, item: RewardItem): string {
  return [content]
    .flat()
    .map((part) => filled(typeof part === 'string' ? part : part.text, item))
    .join('\n');
}
