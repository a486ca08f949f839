/** The figures of an evaluation from its items. Pure: items in, numbers out. */

export interface AggregatedItem {
  example: number;
  reward: number | null;
  exactMatch: number | null;
  formatValid: boolean;
  toolCalls: number;
  rewardStatus: string;
}

export interface Mean {
  /** Null when nothing was scored. */
  mean: number | null;
  /** Null for fewer than two questions. */
  standard_error: number | null;
}

export interface Aggregates {
  num_items: number;
  /** Questions with a scored answer. */
  num_questions: number;
  /** Answers that could not be scored: they count nowhere else. */
  num_infra_error: number;
  exact_match: Mean;
  reward: Mean;
  format_valid: Mean;
  tool_calls: Mean;
  /** For k of 1, 2, 4, … up to the fewest scored answers of a question; empty when that is one. */
  pass_at_k: Record<string, number>;
}

/** Several answers to one question are not independent: means and standard errors are those of the questions' means. */
export function aggregate(items: readonly AggregatedItem[]): Aggregates {
  const scored = items.filter(({ rewardStatus }) => rewardStatus === 'scored');
  const questions = byQuestion(scored);
  const over = (measure: (item: AggregatedItem) => number): Mean => {
    const means = questions.map((answers) => mean(answers.map(measure)));
    return { mean: means.length > 0 ? mean(means) : null, standard_error: standardError(means) };
  };
  return {
    num_items: items.length,
    num_questions: questions.length,
    num_infra_error: items.length - scored.length,
    exact_match: over(({ exactMatch }) => exactMatch ?? 0),
    reward: over(({ reward }) => reward ?? 0),
    format_valid: over(({ formatValid }) => (formatValid ? 1 : 0)),
    tool_calls: over(({ toolCalls }) => toolCalls),
    pass_at_k: passAtK(questions),
  };
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

function passAtK(questions: readonly (readonly AggregatedItem[])[]): Record<string, number> {
  const fewest = Math.min(...questions.map((answers) => answers.length));
  const figures: Record<string, number> = {};
  if (!Number.isFinite(fewest) || fewest < 2) return figures;
  for (let k = 1; k <= fewest; k *= 2) {
    figures[k] = mean(
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
