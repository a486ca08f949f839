/** A weighted sum of other rewards, within limits. Scores nothing itself. */
import type { Reward, RewardOutcome, RewardScore } from './reward.js';

export interface SumTerm {
  /** Unique within the sum. */
  readonly name: string;
  readonly weight: number;
  readonly reward: Reward;
}

export interface SumLimits {
  readonly min: number | null;
  readonly max: number | null;
}

/**
 * Parts and flags are named `term/part`, parts carry their weight and add up to the reward. The answer is that of the first term that found one.
 * Where a term cannot do its work, neither can the sum.
 */
export function sumOfRewards(terms: readonly SumTerm[], limits: SumLimits): Reward {
  return {
    async score(items, signal) {
      const columns = await Promise.all(
        terms.map(async (term) => (await term.reward.score(items, signal)).map((outcome) => ({ term, outcome }))),
      );
      const rows = items.map((_, i) => columns.flatMap((column) => column[i] ?? []));
      return rows.map((row) => summed(row, limits));
    },
    async close() {
      await Promise.all(terms.map(({ reward }) => reward.close()));
    },
  };
}

type TermOutcome = { readonly term: SumTerm; readonly outcome: RewardOutcome };
type TermScore = { readonly term: SumTerm; readonly outcome: RewardScore };

function summed(ofItem: readonly TermOutcome[], { min, max }: SumLimits): RewardOutcome {
  for (const { term, outcome } of ofItem)
    if (outcome.kind === 'infra_error') return { ...outcome, message: `${term.name}: ${outcome.message}` };
  const scores = ofItem as readonly TermScore[];
  const sum = scores.reduce((total, { term, outcome }) => total + term.weight * outcome.reward, 0);
  const reward = Math.min(max ?? Infinity, Math.max(min ?? -Infinity, sum));
  const parts = Object.fromEntries(
    scores.flatMap(({ term, outcome }) =>
      Object.entries(outcome.parts).map(([part, value]) => [`${term.name}/${part}`, term.weight * value]),
    ),
  );
  return {
    kind: 'scored',
    reward,
    parts: reward === sum ? parts : { ...parts, clamp: reward - sum },
    flags: scores.flatMap(({ term, outcome }) => outcome.flags.map((flag) => `${term.name}/${flag}`)),
    answer: scores.map(({ outcome }) => outcome.answer).find((answer) => answer !== null) ?? null,
    formatValid: scores.every(({ outcome }) => outcome.formatValid),
  };
}
