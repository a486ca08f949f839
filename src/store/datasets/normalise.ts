/** An uploaded row as Bough stores it, by kind of dataset. Pure; says what is wrong with a row in words its owner understands. */
import type { Message } from '../../protocol/messages.js';
import type { DatasetKind } from '../../spec/enums.js';
import type { CorpusDocument, ExampleData, FieldMapping, RlExample, SftExample } from '../shapes.js';
import { askedBy, withSystem } from './conversation.js';
import { Fields, metadataOf, text, type Field } from './fields.js';
import { messagesOf } from './messages.js';
import { parseRow } from './parse-row.js';
import { preferenceExample } from './preference.js';
import { RowError } from './source-row.js';
import { boxedAnswer, withoutWork } from './worked-answer.js';

/** The names that Bough looks for, by kind: what a mapping may redirect. */
export const FIELD_NAMES: Readonly<Record<DatasetKind, readonly string[]>> = {
  rl: ['question', 'prompt', 'messages', 'conversations', 'answer', 'answers', 'references', 'metadata'],
  sft: [
    'messages',
    'conversations',
    'system',
    'prompt',
    'completion',
    'instruction',
    'input',
    'output',
    'question',
    'answer',
    'metadata',
  ],
  preference: [
    'messages',
    'conversations',
    'system',
    'prompt',
    'question',
    'instruction',
    'input',
    'chosen',
    'rejected',
    'preferred_output',
    'non_preferred_output',
    'metadata',
  ],
  corpus: ['text', 'contents', 'id', 'title'],
};

/** Fields that are lists or objects: where a file has only texts, they are JSON. */
export const JSON_FIELDS: readonly string[] = ['messages', 'conversations', 'answers', 'references', 'metadata'];

/** What other datasets call the question: MATH and AIME, GAIA. */
const OTHER_QUESTIONS = ['problem', 'Question'];
/** What other datasets call the answer: verl, whose rows for search have several, FlashRAG, GAIA. */
const OTHER_ANSWERS = [
  'reward_model.ground_truth.target',
  'reward_model.ground_truth',
  'golden_answers',
  'Final answer',
];

const normalisers: { readonly [K in DatasetKind]: (fields: Fields, index: number) => ExampleData } = {
  rl: rlExample,
  sft: sftExample,
  preference: preferenceExample,
  corpus: corpusDocument,
};

/**
 * @param json one row
 * @param index place among the accepted rows; the id of a document that has none
 * @throws {RowError} saying what is wrong with it
 */
export function normalise(kind: DatasetKind, json: string, mapping: FieldMapping, index: number): ExampleData {
  return normalisers[kind](new Fields(parseRow(json), mapping), index);
}

function rlExample(fields: Fields): RlExample {
  const prompt = fields.first(['messages', 'conversations', 'question', 'prompt', ...OTHER_QUESTIONS]);
  if (!prompt) fields.missing('question', ['prompt', 'messages']);
  const messages = Array.isArray(prompt.value)
    ? messagesOf(prompt.name, prompt.value)
    : [{ role: 'user' as const, content: text(prompt.name, prompt.value) }];
  const last = messages.at(-1);
  if (last?.role !== 'user') throw new RowError(`${prompt.name}: the last message must be the user's`);
  const { references, solution } = answersOf(fields);
  const metadata = metadataOf(fields);
  return {
    messages,
    question: last.content,
    references,
    metadata: solution === null ? metadata : { solution, ...metadata },
  };
}

/** What is right, and the worked solution that it was taken from. */
function answersOf(fields: Fields): { references: string[]; solution: string | null } {
  const answer = fields.first(['references', 'answers', 'answer', ...OTHER_ANSWERS]);
  if (!answer) return inSolution(fields);
  const { name, value } = answer;
  if (Array.isArray(value)) {
    if (value.length === 0) throw new RowError(`${name}: must not be an empty list`);
    return { references: value.map((one, i) => reference(`${name}[${i}]`, one)), solution: null };
  }
  const whole = reference(name, value);
  const alone = withoutWork(whole);
  return { references: [alone], solution: alone === whole ? null : whole };
}

/** MATH has no answers but in the boxes of its solutions. */
function inSolution(fields: Fields): { references: string[]; solution: string } {
  if (!fields.has('solution')) fields.missing('answer', ['answers', 'references']);
  const given = fields.first(['solution']);
  const solution = text('solution', given?.value);
  const boxed = boxedAnswer(solution);
  if (boxed !== null) return { references: [boxed], solution };
  throw new RowError(
    'answer: is missing, and solution has no box: if it is the answer itself, say so with mapping {"answer": "solution"}',
  );
}

function reference(name: string, value: unknown): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return plainNumber(name, value);
  if (typeof value !== 'string') throw new RowError(`${name}: must be a string, a number, true or false`);
  return text(name, value);
}

/** The digits of a number that may be written in more than one way are for its owner to choose. */
function plainNumber(name: string, value: number): string {
  const digits = String(value);
  if (digits.includes('e')) throw new RowError(`${name}: write a number this large or small as a string`);
  return digits;
}

/** How a row may be written that is one question and what the assistant answers: the field of the one and of the other. */
const PAIRS = [
  { asked: 'prompt', answered: 'completion' },
  { asked: 'instruction', answered: 'output' },
  { asked: 'question', answered: 'answer' },
] as const;

function sftExample(fields: Fields): SftExample {
  const given = fields.first(['messages', 'conversations']);
  const { name, messages: said } = given
    ? { name: given.name, messages: messagesOf(given.name, given.value) }
    : pairOf(fields);
  const messages = withSystem(said, fields);
  const isLearnt = ({ role, weight }: Message) => role === 'assistant' && weight !== 0;
  if (!messages.some(isLearnt)) throw new RowError(`${name}: has no assistant message to learn from`);
  // What an assistant says is learnt as the answer to a prompt.
  const asked = messages.findIndex(({ role }) => role === 'system' || role === 'user');
  if (asked === -1 || !messages.slice(asked).some(isLearnt)) {
    throw new RowError(`${name}: the assistant answers nothing: begin with a user or system message`);
  }
  return { messages, metadata: metadataOf(fields) };
}

function pairOf(fields: Fields): { name: string; messages: Message[] } {
  const pair =
    PAIRS.find(({ asked, answered }) => fields.has(asked) && fields.has(answered)) ??
    PAIRS.find(({ asked }) => fields.has(asked));
  const question = pair && fields.first([pair.asked]);
  if (!question) {
    fields.missing('messages', ['conversations', ...PAIRS.map(({ asked, answered }) => `${asked} and ${answered}`)]);
  }
  const answer = fields.first([pair.answered]);
  if (!answer) fields.missing(pair.answered);
  const input = pair.asked === 'instruction' ? fields.first(['input']) : null;
  return { name: answer.name, messages: [...askedBy(question, input), ...answeredBy(answer)] };
}

function answeredBy({ name, value }: Field): Message[] {
  if (Array.isArray(value)) return messagesOf(name, value);
  return [{ role: 'assistant', content: reference(name, value) }];
}

function corpusDocument(fields: Fields, index: number): CorpusDocument {
  const base = { id: documentId(fields, index) };
  const body = fields.first(['text']);
  if (body) {
    return { ...base, title: titleOf(fields), text: text(body.name, body.value) };
  }
  const contents = fields.first(['contents']);
  if (!contents) fields.missing('text', ['contents']);
  return { ...base, ...splitContents(text(contents.name, contents.value)) };
}

function documentId(fields: Fields, index: number): string {
  const id = fields.first(['id']);
  if (!id) return String(index);
  if (typeof id.value === 'string' || typeof id.value === 'number') return String(id.value);
  throw new RowError(`${id.name}: must be a string or a number`);
}

function titleOf(fields: Fields): string {
  const title = fields.first(['title']);
  if (!title) return '';
  if (typeof title.value !== 'string') throw new RowError(`${title.name}: must be a string`);
  return title.value;
}

/** Retrieval corpora write the title, often quoted, in the first line. */
function splitContents(contents: string): { title: string; text: string } {
  const end = contents.indexOf('\n');
  const rest = contents.slice(end + 1);
  if (end === -1 || rest.trim() === '') return { title: '', text: contents.trim() };
  return {
    title: contents
      .slice(0, end)
      .trim()
      .replace(/^"(.*)"$/, '$1'),
    text: rest,
  };
}
