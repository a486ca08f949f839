/** Right or wrong as mathematics: 1/2, 0.5 and \frac{2}{4} are one answer. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { lastBoxed } from '../../spec/boxed.js';
import { extractAnswer } from '../extract-answer.js';
import { sameLatex } from '../paper/latex-strings.js';
import { mendBackspace, outline, referenceTexts } from '../response-text.js';
import type { Reward, RewardItem, RewardOutcome } from '../reward.js';
import type { ThreadLimits } from '../../tools/timed-thread.js';
import { Comparer } from './comparer.js';
import { sameAnswer, type Verdict } from './same-answer.js';

export interface MathOptions extends ThreadLimits {
  /** `strings`: by the rules of the paper's evaluation, which only rewrite text. */
  readonly comparison: 'symbolic' | 'strings';
}

export class MathReward implements Reward {
  private readonly comparer: Comparer;

  constructor(private readonly options: MathOptions) {
    this.comparer = new Comparer(options);
  }

  async score(items: readonly RewardItem[], signal: AbortSignal): Promise<RewardOutcome[]> {
    const outcomes: RewardOutcome[] = [];
    for (const item of items) {
      try {
        outcomes.push(await this.outcome(item, signal));
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        outcomes.push({ kind: 'infra_error', message: `the answers could not be compared: ${reason}` });
      }
    }
    return outcomes;
  }

  close(): Promise<void> {
    return this.comparer.close();
  }

  /** The answer is that of the last `<answer>` block; without one, the last box. */
  private async outcome({ response, reference }: RewardItem, signal: AbortSignal): Promise<RewardOutcome> {
    const answer = extractAnswer(response) ?? lastBoxed(mendBackspace(outline(response)));
    const verdict = answer === null ? 'no_answer' : await this.verdict(answer, referenceTexts(reference), signal);
    const reward = verdict === 'equal' ? 1 : 0;
    return {
      kind: 'scored',
      reward,
      parts: { math: reward },
      flags: [verdict],
      answer,
      formatValid: answer !== null,
    };
  }

  private async verdict(answer: string, references: readonly string[], signal: AbortSignal): Promise<Verdict> {
    let verdict: Verdict = 'not_equal';
    for (const reference of references) {
      await yieldToEventLoop();
      signal.throwIfAborted();
      const one =
        this.options.comparison === 'strings'
          ? sameLatex(answer, reference)
            ? 'equal'
            : 'not_equal'
          : await sameAnswer(answer, reference, (a, b) => this.comparer.compare(a, b, signal));
      if (one === 'equal') return one;
      if (one === 'too_hard') verdict = one;
    }
    return verdict;
  }
}
