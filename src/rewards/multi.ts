/** A formula over the rewards of others. Scores nothing itself. */
import { parseFormula } from '../spec/rewards/formula.js';
import type { Reward, RewardOutcome } from './reward.js';

/**
 * The part of each grader is its reward, and `calculate_output` what the formula makes of them beyond their sum. Where a grader cannot do its work,
 * or the formula gives no finite number, there is no score.
 * @throws {SyntaxError} for what is no formula
 */
export function rewardByFormula(graders: Readonly<Record<string, Reward>>, formula: string): Reward {
  const { evaluate } = parseFormula(formula);
  const entries = Object.entries(graders);
  return {
    async score(items, signal) {
      const columns = await Promise.all(
        entries.map(async ([name, reward]) =>
          (await reward.score(items, signal)).map((outcome) => ({ name, outcome })),
        ),
      );
      return items.map((_, i) =>
        computed(
          columns.flatMap((column) => column[i] ?? []),
          evaluate,
        ),
      );
    },
    async close() {
      await Promise.all(entries.map(([, reward]) => reward.close()));
    },
  };
}

function computed(
  graded: readonly { readonly name: string; readonly outcome: RewardOutcome }[],
  evaluate: ReturnType<typeof parseFormula>['evaluate'],
): RewardOutcome {
  const rewards: Record<string, number> = {};
  const flags: string[] = [];
  let answer: string | null = null;
  let formatValid = true;
  for (const { name, outcome } of graded) {
    if (outcome.kind === 'infra_error') return { ...outcome, message: `${name}: ${outcome.message}` };
    rewards[name] = outcome.reward;
    flags.push(...outcome.flags.map((flag) => `${name}/${flag}`));
    answer ??= outcome.answer;
    formatValid &&= outcome.formatValid;
  }
  const reward = evaluate(rewards);
  if (!Number.isFinite(reward))
    return { kind: 'infra_error', message: `calculate_output gives ${reward} for ${JSON.stringify(rewards)}` };
  const sum = Object.values(rewards).reduce((total, one) => total + one, 0);
  return { kind: 'scored', reward, parts: { ...rewards, calculate_output: reward - sum }, flags, answer, formatValid };
}
