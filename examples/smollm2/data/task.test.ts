import { describe, expect, test } from 'vitest';
import { arpoReward } from '../../../src/rewards/arpo.js';
import { answered } from '../../../test/support/responses.js';
import { Random } from '../../support/random.js';
import type { Message } from './demonstrations.js';
import type { Problem } from './problem.js';
import { withPython } from './python.js';
import { sampleProblems } from './sample.js';
import { makeTask, type Sizes } from './task.js';

const sizes: Sizes = { demonstrations: 10, questions: 8, heldOut: 6, mostCalculations: 3, shareOfMore: 0.25 };
const problems = sampleProblems(new Random(0, 'sample'), 40);
const more = Array.from({ length: 9 }, (_, i): Problem => ({
  id: `more-${i}`,
  question: `More ${i}?`,
  answer: '1',
  calculations: null,
}));
const make = (given: Partial<Sizes> = {}, all: readonly Problem[] = problems) =>
  withPython(new AbortController().signal, (python) =>
    makeTask({ name: '', problems: all, more }, { ...sizes, ...given }, 0, python),
  );

const questionOf = (messages: readonly Message[]) => messages[0]!.content;
describe('a task', () => {
  test('has three parts without a question in common', async () => {
    const { demonstrations, questions, heldOut } = await make();
    expect([demonstrations.length, questions.length, heldOut.length]).toEqual([10, 8, 6]);
    const asked = [...questions, ...heldOut].map(({ question }) => question);
    expect(new Set([...demonstrations.map(questionOf), ...asked]).size).toBe(24);
  });

  test('shows solutions that earn the full reward for one tool', async () => {
    const { demonstrations } = await make();
    const answers = new Map(problems.map(({ question, answer }) => [question, answer]));
    for (const messages of demonstrations) {
      const reference = answers.get(questionOf(messages))!;
      expect(arpoReward('bough')({ response: answered(messages), reference }).reward).toBe(1);
    }
  });

  test('takes its share of the second set for reinforcement learning alone', async () => {
    const { questions } = await make();
    expect(questions.filter(({ id }) => id.startsWith('more-'))).toHaveLength(2);
  });

  test('shows no solution of which a step does not come out as stated', async () => {
    const wrong = problems.map((problem) => ({
      ...problem,
      calculations: problem.calculations!.map((step, i) => (i === 0 ? { ...step, value: step.value + 1 } : step)),
    }));
    await expect(make({}, wrong)).rejects.toThrow('questions are needed');
  });

  test('leaves out questions that take more calculations than asked for', async () => {
    const long = problems.filter(({ calculations }) => calculations!.length === 3).length;
    const { demonstrations } = await make({ demonstrations: 40 - long - 6 - 6, mostCalculations: 2 });
    expect(demonstrations.every((messages) => messages.length <= 1 + 2 * 2 + 1)).toBe(true);
  });

  test('asks also what has no usable solution, once the others are used up', async () => {
    const unsolved = problems.map((problem, i) => (i < 12 ? { ...problem, calculations: null } : problem));
    const { questions } = await make({ questions: 24, shareOfMore: 0 }, unsolved);
    expect(questions.filter(({ calculations }) => calculations === null)).toHaveLength(12);
  });

  test('says how many questions there are when they do not suffice', async () => {
    await expect(make({ demonstrations: 100 })).rejects.toThrow(
      '114 questions are needed, 106 of them with a usable solution; there are 40 with one and 9 without',
    );
  });
});
