/** What a judge is told of an answer: `{question}`, `{reference}`, `{answer}` and `{response}` of a template. Other braces stay as they are. */
import { extractAnswer } from '../extract-answer.js';
import { fillTemplate } from '../fill-template.js';
import { finalText, referenceTexts, wholeText } from '../response-text.js';
import type { RewardItem } from '../reward.js';

export type Variables = Readonly<Record<string, string>>;

/** What is the same for all answers to a prompt. */
export const promptVariables = ({ question, reference }: RewardItem): Variables => ({
  question: question ?? '',
  reference: referenceTexts(reference).join('\n'),
});

/** `answer` is what the policy gave as such, else what it wrote after its last tool result. */
export const answerVariables = (item: RewardItem): Variables => ({
  ...promptVariables(item),
  answer: extractAnswer(item.response) ?? finalText(item.response).trim(),
  response: wholeText(item.response),
});

/** @throws {TypeError} for a text that is too long */
export function fill(template: string, variables: Variables): string {
  const known = new Map(Object.entries(variables));
  return fillTemplate(template, /\{(\w+)\}/g, (name) => known.get(name) ?? null);
}
