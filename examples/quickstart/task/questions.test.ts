import { describe, expect, test } from 'vitest';
import { bm25 } from './bm25.js';
import { corpus } from './corpus.js';
import { countries } from './countries.js';
import { fullCurriculum } from './curriculum.js';
import { isAnswerable } from './questions.js';
import { makeTask } from './quickstart-task.js';
import { solve } from './script.js';
import { families, subjects, wording, type Task } from './task.js';

const small = { ...fullCurriculum, steps: 1 };
const task = makeTask(0, small);
const all = countries();
const search = bm25(corpus(all).map((row) => row.text));
const country = (name: string) => all.find((one) => one.name === name)!;

describe('questions', () => {
  test.each(families)('of family %s are 400 to train on and 40 to evaluate with, all different', (family) => {
    for (const [questions, count] of [
      [task.train, 400],
      [task.heldOut, 40],
    ] as const) {
      const ours = questions.filter((question) => question.task.family === family);
      expect(ours).toHaveLength(count);
      expect(new Set(ours.map((question) => question.question)).size).toBe(count);
    }
  });

  test('to train on ask about no held-out country, and those to evaluate with about no other', () => {
    const heldOut = new Set(task.split.heldOut.map((one) => one.name));
    expect(task.split.train).toHaveLength(139);
    expect(heldOut.size).toBe(46);
    for (const one of task.split.train) expect(heldOut).not.toContain(one.name);
    for (const { task: asked } of task.train)
      for (const one of subjects(asked)) expect(heldOut).not.toContain(one.name);
    for (const { task: asked } of task.heldOut) for (const one of subjects(asked)) expect(heldOut).toContain(one.name);
  });

  test('are each answered by the careful script, in at most three calls', () => {
    for (const { task: asked, answer } of [...task.train, ...task.heldOut]) {
      const { messages, answer: found } = solve(asked, search);
      expect(found).toBe(answer);
      expect(messages.filter((message) => message.role === 'tool').length).toBeLessThanOrEqual(3);
    }
  });

  test('that search answers with another sentence are left out', () => {
    expect(isAnswerable({ family: 'lookup', attribute: 'area', country: country('Peru') }, search)).toBe(true);
    expect(isAnswerable({ family: 'lookup', attribute: 'area', country: country('Trinidad and Tobago') }, search)).toBe(
      false,
    );
  });

  test('of differences name the larger country first, and those that compare are of two different areas', () => {
    for (const { task: asked } of [...task.train, ...task.heldOut]) {
      if (asked.family === 'difference') expect(asked.first.area).toBeGreaterThan(asked.second.area);
      if (asked.family === 'compare') expect(asked.first.area).not.toBe(asked.second.area);
    }
  });

  test('that compare are as often right as left', () => {
    const asked = task.train.map((question) => question.task).filter((one) => one.family === 'compare');
    const first = asked.filter((one) => one.first.area > one.second.area).length;
    expect(Math.abs(first / asked.length - 0.5)).toBeLessThan(0.1);
  });

  test('come out the same for the same seed, and different for another', () => {
    expect(makeTask(0, small).train).toEqual(task.train);
    expect(makeTask(1, small).train).not.toEqual(task.train);
    expect(makeTask(1, small).split.heldOut).not.toEqual(task.split.heldOut);
  });
});

const [peru, angola] = [country('Peru'), country('Angola')];

test.each<[Task, string]>([
  [{ family: 'lookup', attribute: 'currency', country: peru }, 'What is the currency of Peru?'],
  [{ family: 'chain', attribute: 'region', country: peru }, 'What is the region of the country whose capital is Lima?'],
  [{ family: 'compare', first: peru, second: angola }, 'Which is larger, Peru or Angola?'],
  [{ family: 'total', first: peru, second: angola }, 'What is the total area of Peru and Angola?'],
  [{ family: 'difference', first: peru, second: angola }, 'How much larger is Peru than Angola?'],
])('%o is asked as "%s"', (asked, text) => {
  expect(wording(asked)).toBe(text);
});
