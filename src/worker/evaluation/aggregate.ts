/** The figures of an evaluation from its items. Pure: items in, numbers out. */

export interface AggregatedItem {
  example: number;
  reward: number | null;
  exactMatch: number | null;
  formatValid: boolean;
  toolCalls: number;
  rewardStatus: string;
}

/**
 * Means over the scored answers with their standard errors, and pass@k. An answer that could not be scored counts nowhere but in
 * `num_infra_error`. Several answers to one question are not independent: standard errors are those of the questions' means.
 */
export function aggregate(items: readonly AggregatedItem[]): Record<string, number | null> {
  const scored = items.filter(({ rewardStatus }) => rewardStatus === 'scored');
  const questions = byQuestion(scored);
  const figures: Record<string, number | null> = {
    num_items: items.length,
    num_questions: questions.length,
    num_infra_error: items.length - scored.length,
  };
  const measures: Record<string, (item: AggregatedItem) => number> = {
    exact_match: ({ exactMatch }) => exactMatch ?? 0,
    reward: ({ reward }) => reward ?? 0,
    format_valid: ({ formatValid }) => (formatValid ? 1 : 0),
    tool_calls: ({ toolCalls }) => toolCalls,
  };
  for (const [name, measure] of Object.entries(measures)) {
    const means = questions.map((answers) => mean(answers.map(measure)));
    figures[`${name}/mean`] = means.length > 0 ? mean(means) : null;
    figures[`${name}/stderr`] = standardError(means);
  }
  return { ...figures, ...passAtK(questions) };
}

function byQuestion(items: readonly AggregatedItem[]): AggregatedItem[][] {
  const groups = new Map<number, AggregatedItem[]>();
  for (const item of items) {
    const group = groups.get(item.example);
    if (group) group.push(item);
    else groups.set(item.example, [item]);
  }
  return [...groups.values()];
}

/** For k of 1, 2, 4, … up to the fewest scored answers of a question; nothing when that is one. */
function passAtK(questions: readonly (readonly AggregatedItem[])[]): Record<string, number> {
  const fewest = Math.min(...questions.map((answers) => answers.length));
  const figures: Record<string, number> = {};
  if (!Number.isFinite(fewest) || fewest < 2) return figures;
  for (let k = 1; k <= fewest; k *= 2) {
    figures[`pass@${k}`] = mean(
      questions.map((answers) => passProbability(answers.length, answers.filter((a) => a.exactMatch === 1).length, k)),
    );
  }
  return figures;
}

/** 1 - C(n-c, k) / C(n, k): the unbiased estimator of arXiv 2107.03374, from c right answers among n. */
export function passProbability(n: number, c: number, k: number): number {
  if (n - c < k) return 1;
  let allWrong = 1;
  for (let i = n - c + 1; i <= n; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Null for fewer than two values. */
function standardError(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const center = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
}
