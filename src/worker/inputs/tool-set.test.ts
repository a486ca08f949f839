import { expect, test } from 'vitest';
import { AddressGuard } from '../../outgoing/address-guard.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import { McpTool } from '../../tools/mcp.js';
import { textTool, type Tool, type ToolCall, type ToolOutcome } from '../../tools/tool.js';
import { EverythingServer } from '../../../test/support/everything-server.js';
import { ToolSet } from './tool-set.js';

const { signal } = new AbortController();
const adding = {
  name: 'add',
  description: 'Adds.',
  parameters: { type: 'object', properties: { a: {}, b: {} }, required: ['a', 'b'] },
};
const python = textTool('python', 'Runs a program.', 'code', 'The program.');

const toolOf = (definitions: Tool['definitions'], call: (call: ToolCall) => ToolOutcome): Tool => ({
  definitions,
  call: (given) => Promise.resolve(call(given)),
  close: () => Promise.resolve(),
});

const ask = (tools: ToolSet, tool: string, input: string, previous: string[] = []) =>
  tools.call(
    { type: 'tool_call', call: '1/0/0/2', step: 1, tool, input, format: 'text', previous, example: 0 },
    signal,
  );

test('a tool that could not work says why without a path of this machine; what a program wrote stays as it is', async () => {
  const outcomes: Record<string, ToolOutcome> = {
    broken: { kind: 'infra_error', message: "Python could not run: Cannot find module '/opt/bough/dist/thread.js'" },
    raised: { kind: 'program_error', text: "FileNotFoundError: '/home/user/numbers.csv'" },
  };
  const tools = new ToolSet([toolOf([python], ({ arguments: { code } }) => outcomes[String(code)]!)]);
  expect(await ask(tools, 'python', 'broken')).toMatchObject({
    outcome: 'infra_error',
    text: "Python could not run: Cannot find module '…/thread.js'",
  });
  expect(await ask(tools, 'python', 'raised')).toMatchObject({ text: "FileNotFoundError: '/home/user/numbers.csv'" });
});

test('a call reaches the tool that offers the function, with its arguments and the calls before it', async () => {
  const heard: ToolCall[] = [];
  const listen = (call: ToolCall): ToolOutcome => {
    heard.push(call);
    return { kind: 'ok', text: 'x' };
  };
  const tools = new ToolSet([toolOf([python], () => ({ kind: 'ok', text: '' })), toolOf([adding], listen)]);
  expect(tools.definitions.map(({ name }) => name)).toEqual(['python', 'add']);
  expect(await ask(tools, 'add', '{"a": 1, "b": 2}', ['1/0/0/1'])).toMatchObject({ outcome: 'ok', text: 'x' });
  expect(heard).toEqual([{ name: 'add', arguments: { a: 1, b: 2 }, id: '1/0/0/2', previous: ['1/0/0/1'], example: 0 }]);
});

test('a call that is answered by what is stored is told to the tool that it was of, where that has state', () => {
  const heard: unknown[] = [];
  const adds = {
    ...toolOf([adding], () => ({ kind: 'ok', text: '' })),
    recall: (...told: unknown[]) => heard.push(told),
  };
  const tools = new ToolSet([toolOf([python], () => ({ kind: 'ok', text: '' })), adds]);
  const call = {
    type: 'tool_call' as const,
    call: '1/0/0/2',
    step: 1,
    format: 'text' as const,
    previous: ['1/0/0/1'],
    example: 4,
  };
  for (const tool of ['python', 'add', 'gone'])
    tools.recall({ ...call, tool, input: '{"a": 1}' }, { outcome: 'infra_error', text: 'x' });
  tools.recall({ ...call, tool: 'add', input: 'no arguments' }, { outcome: 'program_error', text: 'x' });
  expect(heard).toEqual([
    [
      { name: 'add', arguments: { a: 1 }, id: '1/0/0/2', previous: ['1/0/0/1'], example: 4 },
      { kind: 'infra_error', message: 'x' },
    ],
  ]);
});

test('arguments that are no JSON object are the model’s own fault, and it is told', async () => {
  const tools = new ToolSet([toolOf([adding], () => ({ kind: 'ok', text: 'never' }))]);
  expect(await ask(tools, 'add', '1 + 2')).toMatchObject({
    outcome: 'program_error',
    text: expect.stringMatching('add takes a JSON object of arguments'),
  });
});

test('a secret that a server repeats is neither shown to the model nor stored', async () => {
  const outcomes: ToolOutcome[] = [
    { kind: 'ok', text: 'you sent Bearer sk-secret!' },
    { kind: 'infra_error', message: 'sk-secret is not valid' },
  ];
  const tools = new ToolSet([toolOf([python], () => outcomes.shift()!)], ['sk-secret']);
  expect(await ask(tools, 'python', '')).toMatchObject({ text: 'you sent Bearer [secret]!' });
  expect(await ask(tools, 'python', '')).toMatchObject({ text: '[secret] is not valid' });
});

test('the tools of an MCP server are called as the model writes it', async () => {
  const server = await EverythingServer.open();
  const mcp = await McpTool.open(
    {
      url: new URL(server.url),
      secret: null,
      timeoutS: 10,
      allow: ['echo', 'get-sum'],
      pinned: null,
      outgoing: new Outgoing(new AddressGuard(['127.0.0.0/8'])),
    },
    signal,
  );
  const tools = new ToolSet([toolOf([python], () => ({ kind: 'ok', text: '' })), mcp]);
  try {
    expect(tools.definitions.map(({ name }) => name)).toEqual(['python', 'echo', 'get-sum']);
    expect(await ask(tools, 'echo', 'hello')).toMatchObject({ outcome: 'ok', text: 'Echo: hello' });
    expect(await ask(tools, 'get-sum', '{"a": 2, "b": 3}')).toMatchObject({
      outcome: 'ok',
      text: expect.stringContaining('5') as string,
    });
    expect(await ask(tools, 'get-sum', '{"a": 2}')).toMatchObject({ outcome: 'program_error' });
    expect(await ask(tools, 'get-env', '{}')).toMatchObject({ outcome: 'program_error' });
  } finally {
    await tools.close();
    await server.stop();
  }
});

test('two tools of one name are refused', () => {
  const tool = () => toolOf([python], () => ({ kind: 'ok', text: '' }));
  expect(() => new ToolSet([tool(), tool()])).toThrow(/tool python .*two tools of this spec have this name/);
});
