/** The script's search and arithmetic against the service's tools, which the agent will call. */
import { afterAll, describe, expect, test } from 'vitest';
import { resolveTool } from '../../../src/spec/tools/index.js';
import { createTool } from '../../../src/tools/create-tool.js';
import type { Tool } from '../../../src/tools/tool.js';
import { Random } from '../../support/random.js';
import { bm25, NO_RESULT, searchSettings } from './bm25.js';
import { attributes } from './countries.js';
import { fullCurriculum } from './curriculum.js';
import { makeTask } from './quickstart-task.js';
import type { Message } from './notes.js';
import { solve } from './script.js';
import { namesOf } from './world.js';
import { ask } from '../../../test/support/calls.js';
import { corpusOf } from '../../../test/support/corpus.js';

const task = makeTask(0, { ...fullCurriculum, steps: 1 });
const all = [...task.split.train, ...task.split.heldOut];
const ours = bm25(task.corpus.map((row) => row.text));
const corpus = corpusOf(task.corpus.map((row) => row.text));
const search = await createTool(resolveTool({ type: 'search', ...searchSettings }), { corpus });
const python = await createTool(resolveTool({ type: 'python' }), {});
afterAll(() => Promise.all([search.close(), python.close()]));

const textOf = async (tool: Tool, input: string) => {
  const outcome = await ask(tool, input);
  return 'text' in outcome ? outcome.text : outcome.message;
};

describe("the service's search", () => {
  const words = namesOf(all).words;
  const random = new Random(0, 'queries');
  test.each<[string, string[]]>([
    ['for each fact', all.flatMap(({ name }) => attributes.map((attribute) => ` ${attribute} of ${name}`))],
    ['for each capital', all.map(({ capital }) => ` country with capital ${capital}`)],
    ['for each bare name', all.map(({ name }) => ` ${name}`)],
    ['for any two words', Array.from({ length: 300 }, () => ` ${random.pick(words)} ${random.pick(words)}`)],
  ])("%s gives the script's own result", async (_, queries) => {
    for (const query of queries) expect(`${query}: ${await textOf(search, query)}`).toBe(`${query}: ${ours(query)}`);
  });

  test('says the same when nothing is found', async () => {
    expect(ours('zebra')).toBe(NO_RESULT);
    expect(await textOf(search, ' zebra')).toBe(NO_RESULT);
  });
});

test("the service's python prints what the script expects", async () => {
  const calculations = task.heldOut
    .flatMap(({ task: asked }) => calculationOf(solve(asked, ours).messages))
    .slice(0, 12);
  expect(calculations).toHaveLength(12);
  for (const { code, result } of calculations)
    expect(`${code}: ${await textOf(python, code)}`).toBe(`${code}: ${result}`);
});

function calculationOf(messages: readonly Message[]): { code: string; result: string }[] {
  return messages.flatMap(({ content }, index) => {
    const code = /<python>(.*)<\/python>/.exec(content)?.[1];
    return code === undefined ? [] : [{ code, result: messages[index + 1]!.content }];
  });
}
