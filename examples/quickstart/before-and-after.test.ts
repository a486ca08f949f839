import { expect, test } from 'vitest';
import { beforeAndAfter } from './before-and-after.js';
import { fullCurriculum } from './task/curriculum.js';
import { makeTask } from './task/quickstart-task.js';
import { families } from './task/task.js';

const { heldOut } = makeTask(0, { ...fullCurriculum, steps: 1 });
const answers = (isRight: (index: number) => boolean) =>
  heldOut.map((_, example) => ({ example, exact_match: isRight(example) ? 1 : 0 }));
const indicesOf = (family: string) => heldOut.flatMap(({ task }, i) => (task.family === family ? [i] : []));

test('of each family the first question is shown that training has put right', () => {
  const second = families.map((family) => indicesOf(family)[1]!);
  const shown = beforeAndAfter(
    heldOut,
    answers((i) => !second.includes(i)),
    answers(() => true),
  );
  expect(shown.map(({ after }) => after.example)).toEqual(second);
  expect(shown.map(({ question }) => question.task.family)).toEqual(families);
  expect(shown.every(({ before, after }) => before.example === after.example)).toBe(true);
});

test('where training has put nothing right, the first question of each family is shown', () => {
  const first = families.map((family) => indicesOf(family)[0]!);
  const never = answers(() => false);
  expect(beforeAndAfter(heldOut, never, never).map(({ after }) => after.example)).toEqual(first);
});
