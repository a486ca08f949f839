/** Writes the task in the rows that the service's datasets have, one JSON object per line. Does not upload them. */
import { jsonLines } from '../../support/json-lines.js';
import type { CorpusRow } from './corpus.js';
import type { Lesson } from './curriculum.js';
import type { Question } from './questions.js';

/** A dataset of kind `corpus`: `{id, text}`. */
export function corpusFile(documents: readonly CorpusRow[]): string {
  return jsonLines(documents.map(({ id, text }) => ({ id, text })));
}

/** A dataset of kind `corpus` from texts that need no name. */
export function textsFile(texts: readonly string[]): string {
  return corpusFile(texts.map((text, index) => ({ id: `text-${index + 1}`, text })));
}

/** A dataset of kind `rl`: `{question, answer, metadata: {family, id}}`. */
export function questionsFile(questions: readonly Question[]): string {
  return jsonLines(
    questions.map(({ id, task, question, answer }) => ({ question, answer, metadata: { family: task.family, id } })),
  );
}

/** A dataset of kind `sft`: `{messages: [{role, content}]}`, in the order given. */
export function lessonsFile(lessons: readonly Lesson[]): string {
  return jsonLines(lessons.map(({ messages }) => ({ messages })));
}
