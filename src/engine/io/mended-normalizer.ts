/**
 * Rewrites the normalizer of a tokenizer.json so that @huggingface/tokenizers changes a text as the Python library does. A step that it would take
 * differently, and that cannot be written otherwise, is refused by name. Not a normalizer.
 */
import { mendSteps, patternOf, type StepTable, stepsIn, textOf } from './mended-steps.js';
import type { Json } from './read-json.js';

function replaceStep(pattern: Json, content: string): Json {
  return { type: 'Replace', pattern, content };
}

/** JavaScript reads `$&` and the like in what takes the place of a match. */
const literal = (content: string): string => content.replaceAll('$', '$$$$');

const asItIs = (step: Json): Json[] => [step];

const names = { part: 'normalizer', list: 'normalizers' };

const steps: StepTable = {
  NFC: asItIs,
  NFD: asItIs,
  NFKC: asItIs,
  NFKD: asItIs,
  StripAccents: asItIs,
  // The original lowers each character for itself, JavaScript a sigma at the end of a word to ς.
  Lowercase: (step) => [replaceStep({ String: 'Σ' }, 'σ'), step],
  // JavaScript counts U+FEFF as white space and U+0085 as none.
  Strip: ({ strip_left: left, strip_right: right }) => [
    ...(left === true ? [replaceStep({ Regex: String.raw`\A\s+` }, '')] : []),
    ...(right === true ? [replaceStep({ Regex: String.raw`\s+\z` }, '')] : []),
  ],
  Replace: (step) => [replaceStep(patternOf(step), literal(textOf(step, 'content')))],
  // Not before an empty text.
  Prepend: (step) => [replaceStep({ Regex: String.raw`\A[\s\S]` }, `${literal(textOf(step, 'prepend'))}$&`)],
};

/** Steps that leave alone what they have changed already, also when they are given a part of it. */
const REPEATABLE = ['NFC', 'NFD', 'NFKC', 'NFKD', 'StripAccents', 'Lowercase'];

/** The normalizer of a tokenizer.json as the JavaScript library must be given it. Throws ModelFormatError naming the step that it cannot be given. */
export function mendNormalizer(normalizer: Json | null): Json | null {
  return normalizer && { type: 'Sequence', normalizers: mendSteps(normalizer, names, steps) };
}

/** Whether a part of a normalized text is normalized itself. */
export function isRepeatable(normalizer: Json | null): boolean {
  if (!normalizer) return true;
  const { type } = normalizer;
  return type === 'Sequence' ? stepsIn(normalizer, names.list).every(isRepeatable) : REPEATABLE.includes(String(type));
}
