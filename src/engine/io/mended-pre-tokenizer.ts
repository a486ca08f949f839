/**
 * Rewrites the pre-tokenizer of a tokenizer.json so that @huggingface/tokenizers splits a text as the Python library does. A step that it would take
 * differently, and that cannot be written otherwise, is refused by name. Not a pre-tokenizer.
 */
import { ModelFormatError } from '../format-error.js';
import { mendSteps, type StepTable, textOf } from './mended-steps.js';
import type { Json } from './read-json.js';
import { escaped, mendSplit, parseBehaviour, splitStep } from './split-behaviours.js';

// OpenAI GPT-2's pattern, as in the ByteLevel step of Hugging Face tokenizers.
const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

// Of Unicode, and what else is punctuation in ASCII.
const punctuation = String.raw`[\p{P}$+<=>^\x60|~]`;

// \w of Rust's patterns, within a class.
const word = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d`;

const whiteSpace = splitStep(String.raw`\s`, 'Removed');

/** The library's own step, unknown to the original: a space before a text that has none. JavaScript puts what was found for `$&`. */
const prefixSpace = { type: 'Replace', pattern: { Regex: String.raw`\A[^ ]` }, content: ' $&' };

const names = { part: 'pre_tokenizer', list: 'pretokenizers' };

/** The library knows only 0-9 as digits, takes punctuation in runs, and counts U+FEFF as white space and U+0085 as none: as patterns all are read right. */
const steps: StepTable = {
  Split: (step) => [mendSplit(step)],
  Digits: ({ individual_digits: individual }) => [
    splitStep(String.raw`\p{N}`, individual === true ? 'Isolated' : 'Contiguous'),
  ],
  Punctuation: ({ behavior = 'Isolated' }) => [splitStep(punctuation, parseBehaviour(behavior))],
  Whitespace: () => [splitStep(String.raw`[${word}]+|[^${word}\s]+`, 'Removed', true)],
  WhitespaceSplit: () => [whiteSpace],
  CharDelimiterSplit: (step) => [splitStep(escaped(textOf(step, 'delimiter')), 'Removed')],
  BertPreTokenizer: () => [whiteSpace, splitStep(punctuation, 'Isolated')],
  FixedLength: ({ length }) => [splitStep(String.raw`[\s\S]{1,${Number(length)}}`, 'Isolated')],
  ByteLevel: (step) => {
    if (step['use_regex'] === false) return [step];
    const bytes = { ...step, add_prefix_space: false, use_regex: false };
    if (step['add_prefix_space'] !== true) return [splitStep(gpt2Pattern, 'Isolated'), bytes];
    return [prefixSpace, splitStep(gpt2Pattern, 'Isolated'), bytes];
  },
};

/**
 * The pre-tokenizer of a tokenizer.json as the JavaScript library must be given it. Throws ModelFormatError naming the step that it cannot be given, and
 * where there is none that makes bytes of a text.
 */
export function mendPreTokenizer(preTokenizer: Json | null): Json {
  const pretokenizers = preTokenizer ? mendSteps(preTokenizer, names, steps) : [];
  if (!pretokenizers.some(({ type }) => type === 'ByteLevel')) {
    throw new ModelFormatError(
      'tokenizer.json: "pre_tokenizer" has no step ByteLevel, without which a text has no bytes',
    );
  }
  return { type: 'Sequence', pretokenizers };
}

/** Whether the Python library takes a mended pre-tokenizer too. */
export function isPortable({ pretokenizers }: Json): boolean {
  return !(pretokenizers as Json[]).includes(prefixSpace);
}
