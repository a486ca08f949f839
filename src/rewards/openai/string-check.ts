/** OpenAI's grader `string_check`: 1 where the input stands to the reference as the operation says, else 0. */
import type { RewardItem, RewardScore } from '../reward.js';
import { filled } from './template.js';

export interface StringCheckOptions {
  readonly input: string;
  readonly reference: string;
  /** `like` and `ilike`: the input contains the reference. */
  readonly operation: 'eq' | 'ne' | 'like' | 'ilike';
}

const CHECKS: Readonly<Record<StringCheckOptions['operation'], (input: string, reference: string) => boolean>> = {
  eq: (input, reference) => input === reference,
  ne: (input, reference) => input !== reference,
  like: (input, reference) => input.includes(reference),
  ilike: (input, reference) => input.toLowerCase().includes(reference.toLowerCase()),
};

export function scoreStringCheck({
  input,
  reference,
  operation,
}: StringCheckOptions): (item: RewardItem) => RewardScore {
  return (item) => {
    const text = filled(input, item);
    const reward = CHECKS[operation](text, filled(reference, item)) ? 1 : 0;
    return {
      reward,
      parts: { string_check: reward },
      flags: [reward === 1 ? 'passed' : 'failed'],
      answer: text,
      formatValid: true,
    };
  };
}
