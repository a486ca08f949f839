import { expect, test } from 'vitest';
import { fullCurriculum } from './curriculum.js';
import { makeTask } from './quickstart-task.js';
import { corpusFile, lessonsFile, questionsFile, textsFile } from './rows.js';

const task = makeTask(0, { ...fullCurriculum, steps: 10 });
const parse = (file: string) =>
  file
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

test('a file of questions has a question, an answer, and where it came from', () => {
  const rows = parse(questionsFile(task.heldOut));
  expect(rows).toHaveLength(200);
  const { id, task: asked, question, answer } = task.heldOut[0]!;
  expect(rows[0]).toEqual({ question, answer, metadata: { family: asked.family, id } });
});

test('a file of documents has ids and texts', () => {
  expect(parse(corpusFile(task.corpus))).toEqual(task.corpus);
  expect(parse(textsFile(['a', 'b']))).toEqual([
    { id: 'text-1', text: 'a' },
    { id: 'text-2', text: 'b' },
  ]);
});

test('a file of lessons has their messages, in reading order', () => {
  expect(parse(lessonsFile(task.lessons))).toEqual(task.lessons.map(({ messages }) => ({ messages })));
});
