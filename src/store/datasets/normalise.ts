/** An uploaded row as Bough stores it, by kind of dataset. Pure; says what is wrong with a row in words its owner understands. */
import type { DatasetKind } from '../../spec/enums.js';
import type { CorpusDocument, ExampleData, FieldMapping, RlExample, SftExample } from '../shapes.js';
import { isStorable } from '../storable-text.js';
import { Fields, isObject, metadataOf, RowError, text } from './fields.js';
import { messagesOf } from './messages.js';

/** The names that Bough looks for, by kind: what a mapping may redirect. */
export const FIELD_NAMES: Readonly<Record<DatasetKind, readonly string[]>> = {
  rl: ['question', 'prompt', 'messages', 'answer', 'answers', 'references', 'metadata'],
  sft: ['messages', 'metadata'],
  corpus: ['text', 'contents', 'id', 'title'],
};

const normalisers: { readonly [K in DatasetKind]: (fields: Fields, index: number) => ExampleData } = {
  rl: rlExample,
  sft: sftExample,
  corpus: corpusDocument,
};

/**
 * @param line one line of JSON Lines
 * @param index place among the accepted rows; the id of a document that has none
 * @throws {RowError} saying what is wrong with it
 */
export function normalise(kind: DatasetKind, line: string, mapping: FieldMapping, index: number): ExampleData {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (error) {
    throw new RowError(`not valid JSON: ${(error as Error).message}`);
  }
  if (!isObject(row)) throw new RowError('not a JSON object');
  const example = normalisers[kind](new Fields(row, mapping), index);
  checkStorable(example);
  return example;
}

function rlExample(fields: Fields): RlExample {
  const prompt = fields.first(['messages', 'question', 'prompt']);
  if (!prompt) throw new RowError('question: is missing (or prompt, or messages)');
  const messages = Array.isArray(prompt.value)
    ? messagesOf(prompt.name, prompt.value)
    : [{ role: 'user' as const, content: text(prompt.name, prompt.value) }];
  const last = messages.at(-1);
  if (last?.role !== 'user') throw new RowError(`${prompt.name}: the last message must be the user's`);
  const references = referencesOf(fields);
  return { messages, question: last.content, references, metadata: metadataOf(fields) };
}

function referencesOf(fields: Fields): string[] {
  const answer = fields.first(['references', 'answers', 'answer']);
  if (!answer) throw new RowError('answer: is missing (or answers, or references)');
  const { name, value } = answer;
  if (Array.isArray(value) && value.length === 0) throw new RowError(`${name}: must not be an empty list`);
  return Array.isArray(value) ? value.map((one, i) => reference(`${name}[${i}]`, one)) : [reference(name, value)];
}

function reference(name: string, value: unknown): string {
  if (typeof value !== 'number') return text(name, value);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new RowError(`${name}: write a number this large as a string`);
  }
  return String(value);
}

function sftExample(fields: Fields): SftExample {
  const given = fields.first(['messages']);
  if (!given) throw new RowError('messages: is missing');
  const messages = messagesOf(given.name, given.value);
  if (!messages.some(({ role }) => role === 'assistant')) {
    throw new RowError(`${given.name}: has no assistant message to learn from`);
  }
  return { messages, metadata: metadataOf(fields) };
}

function corpusDocument(fields: Fields, index: number): CorpusDocument {
  const base = { id: documentId(fields, index) };
  const body = fields.first(['text']);
  if (body) {
    return { ...base, title: titleOf(fields), text: text(body.name, body.value) };
  }
  const contents = fields.first(['contents']);
  if (!contents) throw new RowError('text: is missing (or contents)');
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

function checkStorable(value: unknown): void {
  if (typeof value === 'string') {
    if (!isStorable(value)) throw new RowError('contains U+0000 or half of a surrogate pair');
  } else if (Array.isArray(value)) {
    value.forEach(checkStorable);
  } else if (isObject(value)) {
    Object.entries(value).forEach(checkStorable);
  }
}
