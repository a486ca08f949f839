import { afterAll, expect, test } from 'vitest';
import { resolveTool } from '../../../src/spec/tools/index.js';
import { createTool } from '../../../src/tools/create-tool.js';
import { Random } from '../../support/random.js';
import { sampleProblems } from './sample.js';
import { ask } from '../../../test/support/calls.js';

const tool = await createTool(resolveTool({ type: 'python' }), {});
afterAll(() => tool.close());

const problems = sampleProblems(new Random(0, 'sample'), 300);

test('problems are all different, and the same for the same seed', () => {
  expect(new Set(problems.map(({ question }) => question)).size).toBe(300);
  expect(sampleProblems(new Random(0, 'sample'), 300)).toEqual(problems);
  expect(sampleProblems(new Random(1, 'sample'), 300)).not.toEqual(problems);
});

test('each is solved by its calculations, of which every number is in the question or a result before', async () => {
  for (const { question, answer, calculations } of problems.slice(0, 60)) {
    const known = new Set(question.match(/\d+/g));
    for (const { expression, value } of calculations ?? []) {
      for (const number of expression.match(/\d+/g) ?? []) expect(known.has(number) || isPlain(number)).toBe(true);
      const outcome = await ask(tool, expression);
      expect('text' in outcome && Number(outcome.text)).toBe(value);
      expect(Number.isInteger(value) && value >= 0).toBe(true);
      known.add(String(value));
    }
    expect(String(calculations?.at(-1)?.value)).toBe(answer);
  }
});

/** `twice`, and the hundred of a percentage. */
function isPlain(number: string): boolean {
  return number === '2' || number === '100';
}
