import { expect, test } from 'vitest';
import type { Tool } from '../../tools/tool.js';
import { ToolSet } from './tool-set.js';

test('a tool that could not work says why without a path of this machine; what a program wrote stays as it is', async () => {
  const answers: Record<string, Awaited<ReturnType<Tool['call']>>> = {
    broken: { kind: 'infra_error', message: "Python could not run: Cannot find module '/opt/bough/dist/thread.js'" },
    raised: { kind: 'program_error', text: "FileNotFoundError: '/home/user/numbers.csv'" },
  };
  const python: Tool = {
    name: 'python',
    call: async (input) => answers[input] ?? { kind: 'ok', text: '' },
    close: async () => undefined,
  };
  const tools = new ToolSet([python]);
  const ask = (input: string) =>
    tools.call(
      { type: 'tool_call', call: '1/0/0/0', step: 1, tool: 'python', input, example: 0 },
      new AbortController().signal,
    );
  expect(await ask('broken')).toMatchObject({
    outcome: 'infra_error',
    text: "Python could not run: Cannot find module '…/thread.js'",
  });
  expect(await ask('raised')).toMatchObject({ text: "FileNotFoundError: '/home/user/numbers.csv'" });
});
