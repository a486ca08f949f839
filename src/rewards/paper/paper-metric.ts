/** A metric of the paper's evaluation as a reward or grader. */
import { referenceTexts, wholeText } from '../response-text.js';
import type { RewardItem, RewardScore } from '../reward.js';
import { evaluationAnswer, lastLines } from './evaluation-answer.js';
import { listedReferences, paperMetric, type PaperMetric, type PaperTask } from './paper-metrics.js';

export interface PaperMetricOptions {
  readonly metric: PaperMetric;
  readonly task: PaperTask;
}

/** A single reference of a question that begins with a bracket is a list to the evaluation. An empty output is worth nothing. */
export function scorePaperMetric({ metric, task }: PaperMetricOptions): (item: RewardItem) => RewardScore {
  return ({ response, reference }) => {
    const output = wholeText(response);
    const given = referenceTexts(reference);
    const references = task === 'qa' && given.length === 1 ? given.flatMap(listedReferences) : given;
    const isEmpty = output.trim() === '';
    const answer = evaluationAnswer(output) || null;
    const reward = isEmpty ? 0 : paperMetric(metric, answer ?? lastLines(output), references, task);
    const flag = isEmpty ? 'empty' : answer === null ? 'last_lines' : 'answer';
    return { reward, parts: { [metric]: reward }, flags: [flag], answer, formatValid: answer !== null };
  };
}
