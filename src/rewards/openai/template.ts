/** Fills OpenAI's templates: `{{sample.output_text}}`, `{{item.reference}}`. Runs nothing. */
import { extractAnswer } from '../extract-answer.js';
import { fillTemplate } from '../fill-template.js';
import { finalText, referenceTexts } from '../response-text.js';
import type { RewardItem } from '../reward.js';

const VARIABLE = /\{\{\s*([\w.[\]]+)\s*\}\}/g;

/** @throws {TypeError} for a variable that the answer does not have, and for a text that is too long */
export function filled(template: string, item: RewardItem): string {
  return fillTemplate(template, VARIABLE, (path) => textOf(path, item));
}

function textOf(path: string, { response, reference, question, metadata }: RewardItem): string {
  const references = referenceTexts(reference);
  const known: Readonly<Record<string, unknown>> = {
    'sample.output_text': finalText(response),
    'sample.answer': extractAnswer(response) ?? '',
    'item.question': question,
    'item.reference': references[0],
    'item.answer': references[0],
    'item.reference_answer': references[0],
  };
  const name = path.startsWith('item.') ? path.slice('item.'.length) : '';
  const value = (name !== '' && metadata && Object.hasOwn(metadata, name) ? metadata[name] : undefined) ?? known[path];
  if (value === undefined)
    throw new TypeError(`{{${path}}} is not known: use ${Object.keys(known).join(', ')} or a field of the example`);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
