/** What a supervised run makes of an example: sequences to learn from, at most so long. Renders; runs no model. */
import type { TreeInput } from '../../engine/index.js';
import type { TrainingExample } from '../../protocol/messages.js';
import type { SupervisedRunSpec } from '../../spec/run-spec.js';
import { TrainerFailure } from '../failure.js';
import type { Renderer, TokenSpan } from '../model/render.js';

/** A demonstration, or a pair of answers to one prompt. */
export interface Sequence {
  input: TreeInput;
  /** Tokens, those that two answers share once. */
  length: number;
  targets: number;
  /** Of a pair: how many of the targets, the first, are the better answer's. 0: it is none. */
  chosen: number;
}

export interface Sequences {
  sequences: Sequence[];
  /** Of the first of them, whole. */
  prompt: TokenSpan | null;
  /** Whether some of it did not fit. */
  isCut: boolean;
}

export interface SequenceReader {
  /** Throws ChatTemplateError where `read` would. */
  check(renderer: Renderer, example: TrainingExample): void;
  /** Nothing where nothing could be learnt. */
  read(renderer: Renderer, example: TrainingExample, maxLength: number): Sequences;
}

const demonstrations: SequenceReader = {
  check: (renderer, { messages }) => renderer.checkDemonstrations(messages),
  read(renderer, { messages }, maxLength) {
    const spans = renderer.demonstrations(messages);
    const chains = spans.map((one) => cut(one, maxLength));
    const sequences = chains.map(({ segments, length, targets }) => ({
      input: { segments: linked(segments, null, 0) },
      length,
      targets,
      chosen: 0,
    }));
    return {
      sequences: sequences.filter(({ targets }) => targets > 0),
      prompt: spans[0]?.[0] ?? null,
      isCut: chains.some(({ isCut }) => isCut),
    };
  },
};

/** The prompt is the trunk of both answers. A pair of which either answer has no token left is none. */
const pairs: SequenceReader = {
  check: (renderer, { messages }) => renderer.checkPrompt(messages),
  read(renderer, example, maxLength) {
    const { messages, chosen, rejected } = pairOf(example);
    const { prompt, answers } = renderer.responses(messages, [chosen, rejected]);
    const [better, worse] = answers.map((answer) => cut([prompt, ...answer], maxLength)) as [Chain, Chain];
    const isCut = better.isCut || worse.isCut;
    if (better.targets === 0 || worse.targets === 0) return { sequences: [], prompt, isCut };
    const trunk = linked(better.segments.slice(0, 1), null, 0);
    const first = linked(better.segments.slice(1), 0, 1);
    const second = linked(worse.segments.slice(1), 0, 1 + first.length);
    const sequence = {
      input: { segments: [...trunk, ...first, ...second] },
      length: better.length + worse.length - prompt.tokens.length,
      targets: better.targets + worse.targets,
      chosen: better.targets,
    };
    return { sequences: [sequence], prompt, isCut };
  },
};

const readers: { readonly [M in SupervisedRunSpec['method']]: SequenceReader } = { sft: demonstrations, dpo: pairs };

export function sequenceReader({ method }: SupervisedRunSpec): SequenceReader {
  return readers[method];
}

function pairOf({ index, messages, chosen, rejected }: TrainingExample) {
  if (chosen && rejected) return { messages, chosen, rejected };
  const what = `Example ${index} is no pair of a chosen and a rejected answer: give a dataset of kind preference`;
  throw new TrainerFailure('example_without_pair', what);
}

interface Chain {
  segments: { tokens: Int32Array; train: boolean }[];
  length: number;
  targets: number;
  isCut: boolean;
}

/** At most `maxLength` tokens. */
function cut(spans: readonly TokenSpan[], maxLength: number): Chain {
  const chain: Chain = { segments: [], length: 0, targets: 0, isCut: false };
  for (const { kind, tokens } of spans) {
    const kept = tokens.subarray(0, maxLength - chain.length);
    if (kept.length < tokens.length) chain.isCut = true;
    if (kept.length === 0) break;
    const train = kind === 'model';
    chain.segments.push({ tokens: kept, train });
    chain.length += kept.length;
    if (train) chain.targets += kept.length;
  }
  return chain;
}

/** Each the child of the one before, the first that of `parent`; their numbers begin at `first`. */
function linked(segments: Chain['segments'], parent: number | null, first: number): TreeInput['segments'][number][] {
  return segments.map((segment, i) => ({ parent: i === 0 ? parent : first + i - 1, ...segment }));
}
