/** Scores by a user's server: one POST for all answers to a prompt, signed where there is a secret. Judges nothing itself. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { signatureHeaders } from '../outgoing/signature.js';
import { parsedJson, shortened } from '../outgoing/text.js';
import { extractAnswer } from './extract-answer.js';
import { referenceTexts, wholeText } from './response-text.js';
import type { Reward, RewardItem, RewardOutcome } from './reward.js';
import { scoreWithParts } from './score-with-parts.js';
import { RewardServer, type RewardServerOptions } from './server.js';

export interface HttpRewardOptions extends Omit<RewardServerOptions, 'headersOf' | 'isPassing'> {
  /** Id of the run, evaluation, preview or rescore that asks. */
  readonly job: string;
}

const MAX_PARTS = 32;
const MAX_FLAGS = 16;

const Score = z.union([
  z.number(),
  z.object({
    score: z.number(),
    parts: z
      .record(z.string().max(64), z.number())
      .refine((parts) => Object.keys(parts).length <= MAX_PARTS, `must have at most ${MAX_PARTS} parts`)
      .default({}),
    flags: z.array(z.string().max(2000)).max(MAX_FLAGS).default([]),
  }),
  z.object({ error: z.string() }),
]);
const Answer = z.object({ scores: z.array(z.unknown()) });

export class HttpReward implements Reward {
  private readonly server: RewardServer;

  constructor(private readonly options: HttpRewardOptions) {
    const { secret, job } = options;
    const idOf = (body: string) => `${job}/${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
    const headersOf = (body: string) => (secret === null ? {} : signatureHeaders(secret, idOf(body), body));
    this.server = new RewardServer({ ...options, headersOf });
  }

  async score(items: readonly RewardItem[], signal: AbortSignal): Promise<RewardOutcome[]> {
    signal.throwIfAborted();
    const [first] = items;
    if (!first) return [];
    const asked = {
      question: first.question ?? null,
      references: referenceTexts(first.reference),
      metadata: first.metadata ?? {},
      answers: items.map(({ response: parts }) => ({
        response: wholeText(parts),
        answer: extractAnswer(parts),
        parts,
      })),
    };
    const body = JSON.stringify({ job: this.options.job, ...asked });
    try {
      const read = (answer: string) => outcomesOf(answer, items.length);
      const isLasting = (outcomes: RewardOutcome[]) => outcomes.every(({ kind }) => kind === 'scored');
      return await this.server.ask({ asked, body, read, isLasting }, signal);
    } catch (error) {
      signal.throwIfAborted();
      return items.map(() => ({ kind: 'infra_error', message: `http: ${(error as Error).message}` }));
    }
  }

  async close(): Promise<void> {}
}

/** @throws {Error} where it is not one score for each answer */
function outcomesOf(text: string, count: number): RewardOutcome[] {
  const answer = Answer.safeParse(parsedJson(text));
  if (!answer.success) throw new Error(`answer {"scores": […]}, not ${shortened(text)}`);
  const { scores } = answer.data;
  if (scores.length !== count) throw new Error(`it gave ${scores.length} scores for ${count} answers`);
  return scores.map((score, i) => outcomeOf(score, i));
}

function outcomeOf(given: unknown, index: number): RewardOutcome {
  const read = Score.safeParse(given);
  if (!read.success) {
    const message = `http: scores[${index}] is no number and no {"score", "parts", "flags"}: ${shortened(JSON.stringify(given))}`;
    return { kind: 'infra_error', message };
  }
  const score = read.data;
  if (typeof score === 'number') return scoreWithParts('http', { reward: score });
  if ('error' in score) return { kind: 'infra_error', message: `http: ${shortened(score.error, 2000)}` };
  const { score: reward, parts, flags } = score;
  return scoreWithParts('http', { reward, parts, flags });
}
