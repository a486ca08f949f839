/** What a benchmark is to the contract: a row of the table in `index.ts`. How its answers are scored is for the rewards. */
import type { ResolvedRewardSpec, RewardSpecInput } from '../rewards/index.js';
import { resolveReward } from '../rewards/index.js';
import type { PaperFigure } from './figures.js';

export interface Benchmark<Name extends string = string> {
  /** As `benchmark` says it. */
  readonly name: Name;
  readonly title: string;
  /** What it asks, in one sentence. */
  readonly summary: string;
  /** Where its questions are to be had. */
  readonly source: string;
  /** The rows of its file, and how they are read. */
  readonly file: string;
  /** Questions in the paper's evaluation. */
  readonly questions: number;
  /** `math` compares formulas, `qa` words. */
  readonly task: 'math' | 'qa';
  /** The paper's metric: F1 of the words, or whether a judge finds the answer right. */
  readonly metric: 'f1' | 'judge';
  /** The field of an example's metadata by which results are broken down; null: there is none. */
  readonly category: string | null;
  /** What an answer of it looks like. */
  readonly isReference: (text: string) => boolean;
  /** What the paper reports; none where the benchmark is not one of the paper's 13. */
  readonly figures: readonly PaperFigure[];
}

/** As the paper samples. */
export const PAPER_SAMPLING = { temperature: 0.6, top_p: 0.95 } as const;

/** What the paper's judge is asked, in our words: an answer is right if it means what one of the accepted answers means. */
const JUDGE_PROMPT = `You are grading the answer to a question.

Question: {question}
Accepted answer (any of the lines will do): {reference}
Predicted answer: {answer}

The predicted answer is correct if its meaning agrees fully with an accepted answer. Other wording, other notation and more detail that does not contradict it are fine. Reply with one word: correct or incorrect.`;

/**
 * How the benchmark scores where the evaluation names no grader. The paper counts an answer as right if its formula is that of the reference, or else if a
 * judge says so: without a judge only the first can be told, and that of mathematics alone.
 * @returns null: a judge has to be named
 */
export function defaultGrader({ task, metric }: Benchmark): ResolvedRewardSpec | null {
  if (metric === 'f1') return resolveReward({ type: 'paper_metric', metric: 'f1', task });
  return task === 'math' ? resolveReward({ type: 'paper_metric', metric: 'math_equal', task }) : null;
}

/** A judge that is given no prompt of its own is asked as the paper's is, and asked only to find more right than the string rules do. */
export function asPaperJudge(grader: RewardSpecInput, { task }: Benchmark): RewardSpecInput {
  if (grader.type !== 'judge' || grader.prompt !== undefined || grader.verdict !== undefined) return grader;
  return {
    type: 'sum',
    terms: [
      { name: 'equal', reward: { type: 'paper_metric', metric: 'math_equal', task } },
      { name: 'judge', reward: { ...grader, prompt: JUDGE_PROMPT } },
    ],
    clamp: { max: 1 },
  };
}

const WITH_TOOLS = (names: string) => `You answer a question step by step and may call tools: ${names}.`;
const FORMAT =
  'Think first, between <think> and </think>. End with your final answer between <answer> and </answer>, in a box: <answer>\\boxed{answer}</answer>.';

/** The system prompt of a model that no run has made: it asks for the answer where the metrics look for it. */
export function benchmarkPrompt(tools: readonly string[]): string {
  const [start, calls] =
    tools.length === 0
      ? ['You answer a question step by step.', '']
      : [
          WITH_TOOLS(tools.join(', ')),
          ' A call is what you ask of a tool between tags of its name; its result follows between <result> and </result>, and then you think on.',
        ];
  return `${start} ${FORMAT}${calls}`;
}
