import { expect, test } from 'vitest';
import { arpoReward } from '../../../src/rewards/arpo.js';
import { answered } from '../../../test/support/responses.js';
import { Random } from '../../support/random.js';
import { bm25 } from './bm25.js';
import { countries } from './countries.js';
import { fullCurriculum } from './curriculum.js';
import { demonstrate } from './demonstrations.js';
import { makeTask } from './quickstart-task.js';
import { solve } from './script.js';
import { reference } from './task.js';
import { namesOf } from './world.js';

const score = arpoReward('bough');

test('demonstrations earn .22 on average, and 30 in 100 earn at least 1', () => {
  const random = new Random(0, 'rewards');
  const names = namesOf(countries());
  const rewards = Array.from({ length: 10_000 }, () => {
    const { task, messages } = demonstrate(random, names, fullCurriculum.rowLength);
    return score({ response: answered(messages), reference: reference(task) }).reward;
  });
  const mean = rewards.reduce((sum, one) => sum + one, 0) / rewards.length;
  expect(Math.abs(mean - 0.22)).toBeLessThan(0.02);
  const full = rewards.filter((one) => one >= 1).length / rewards.length;
  expect(Math.abs(full - 0.3)).toBeLessThan(0.015);
});

test('the careful script earns the most that each question can give', () => {
  const task = makeTask(0, { ...fullCurriculum, steps: 1 });
  const search = bm25(task.corpus.map((row) => row.text));
  for (const { task: asked, answer } of [...task.train, ...task.heldOut]) {
    const { messages } = solve(asked, search);
    const both = asked.family !== 'lookup' && asked.family !== 'chain';
    expect(score({ response: answered(messages), reference: answer }).reward).toBeCloseTo(both ? 1.1 : 1);
  }
});
