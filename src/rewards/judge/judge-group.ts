/**
 * Scores all answers to a prompt in one question to a language model, each beside the others, as RULER does
 * (https://art.openpipe.ai/fundamentals/ruler): what is better is easier to say than how good something is.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { ResponsePart, Reward, RewardItem, RewardOutcome } from '../reward.js';
import { shortened } from '../../outgoing/text.js';
import type { Chat, ChatMessage } from './chat.js';
import { fill, promptVariables } from './fill.js';
import { jsonIn } from './verdict.js';

const NAME = 'judge_group';
const SHOWN_CHARACTERS = 2000;

/** What every rubric is told in. */
const TASK = `Several attempts at one task follow. Compare them, and give each a score from 0 to 1 by these standards:

{rubric}

Reply with one JSON object and nothing else: {"scores": [{"id": "1", "explanation": "one sentence", "score": 0.5}, …]}, with every id exactly once.`;

const Reply = z.object({
  scores: z.array(
    z.object({
      id: z.union([z.string(), z.number()]).transform(String),
      explanation: z.string().default(''),
      score: z.number().min(0).max(1),
    }),
  ),
});
type Judged = z.infer<typeof Reply>['scores'][number];

export function judgeGroupReward({ chat, rubric }: { readonly chat: Chat; readonly rubric: string }): Reward {
  return {
    async score(items, signal) {
      signal.throwIfAborted();
      const [first] = items;
      if (!first) return [];
      const failed = (message: string): RewardOutcome[] =>
        items.map(() => ({ kind: 'infra_error', message: `${NAME}: ${message}` }));
      if (items.length === 1) return failed('there is no other answer to the prompt to compare this one with');
      // Equal answers are worth the same, and shown once.
      const attempts = new Map(items.map(({ response }) => [JSON.stringify(response), response]));
      try {
        const messages = messagesOf(first, rubric, [...attempts.values()]);
        const judged = await chat.ask(messages, (reply) => scoresIn(reply, attempts.size), signal);
        const outcomes = new Map([...attempts.keys()].map((text, i) => [text, outcomeOf(judged[i])]));
        return items.map(({ response }) => outcomes.get(JSON.stringify(response)) ?? outcomeOf(undefined));
      } catch (error) {
        signal.throwIfAborted();
        return failed((error as Error).message);
      }
    },
    async close() {},
  };
}

/** What all attempts begin with is shown once, as a tree has it once. */
function messagesOf(item: RewardItem, rubric: string, attempts: readonly (readonly ResponsePart[])[]): ChatMessage[] {
  const variables = promptVariables(item);
  const shared = attempts.length > 1 ? sharedParts(attempts) : 0;
  const begin = (attempts[0] ?? []).slice(0, shared);
  const user = [
    `<task>\n${variables['question']}\n</task>`,
    ...(begin.length > 0 ? [`<beginning of all attempts>\n${written(begin)}\n</beginning of all attempts>`] : []),
    ...attempts.map((parts, i) => `<attempt id="${i + 1}">\n${written(parts.slice(shared))}\n</attempt>`),
  ];
  return [
    { role: 'system', content: fill(TASK, { rubric: fill(rubric, variables) }) },
    { role: 'user', content: user.join('\n\n') },
  ];
}

function sharedParts([first = [], ...others]: readonly (readonly ResponsePart[])[]): number {
  const differs = first.findIndex((part, i) => !others.every((other) => isDeepStrictEqual(other[i], part)));
  return differs === -1 ? first.length : differs;
}

/** As JSON, so that an attempt cannot pass for two. */
const written = (parts: readonly ResponsePart[]): string =>
  JSON.stringify(parts.map(({ kind, text, tool }) => ({ kind, ...(tool === null ? {} : { tool }), text })));

/** @throws {Error} where not every attempt has one score */
function scoresIn(reply: string, count: number): Judged[] {
  const read = Reply.safeParse(jsonIn(reply));
  if (!read.success) throw new Error(`the judge’s reply has no scores from 0 to 1: ${shortened(reply)}`);
  const byId = new Map(read.data.scores.map((one) => [one.id, one]));
  if (byId.size !== read.data.scores.length) throw new Error(`the judge scored an attempt twice: ${shortened(reply)}`);
  return Array.from({ length: count }, (_, i) => {
    const judged = byId.get(String(i + 1));
    if (!judged) throw new Error(`the judge gave attempt ${i + 1} of ${count} no score: ${shortened(reply)}`);
    return judged;
  });
}

function outcomeOf(judged: Judged | undefined): RewardOutcome {
  if (!judged) throw new RangeError('an attempt has no score');
  const { score, explanation } = judged;
  const flags = explanation === '' ? [] : [shortened(explanation, SHOWN_CHARACTERS)];
  return { kind: 'scored', reward: score, parts: { [NAME]: score }, flags, answer: null, formatValid: true };
}
