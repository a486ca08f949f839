/** Chat completions as clients of OpenAI see them: its own clients for Node and Python and the Vercel AI SDK, unmodified, against the real service and a real model. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pinnedPython, PythonError } from '../bench/harness/python.js';
import { Job } from '../src/store/entities/job.entity.js';
import { Project } from '../src/store/entities/project.entity.js';
import { textTool } from '../src/tools/tool.js';
import { writeChatModel } from './support/tiny-model.js';
import { WholeService } from './support/whole-service.js';

let service: WholeService;
let openai: OpenAI;
const messages = [{ role: 'user' as const, content: '1 + 1' }];

/** As it is shown to the models of runs. */
const definition = textTool('python', 'Runs a Python program and returns what it prints.', 'code', 'The program.');
const python = { type: 'function' as const, function: definition };

beforeAll(async () => {
  service = await WholeService.open();
  openai = new OpenAI({ baseURL: `${service.api.url}/v1`, apiKey: service.tenant.key, maxRetries: 0 });
});
afterAll(() => service.close());

const asked = (extra: object = {}) => ({ model: service.model, messages, max_tokens: 12, seed: 7, ...extra });

test('an answer has its text, its tokens and what they cost, and is the same again with the same seed', async () => {
  const first = await openai.chat.completions.create(asked({ logprobs: true, top_logprobs: 2, n: 2 }));
  expect(first).toMatchObject({ object: 'chat.completion', model: service.model });
  expect(first.choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
    [0, 'length'],
    [1, 'length'],
  ]);
  expect(first.usage?.completion_tokens).toBe(24);
  const [one, two] = first.choices;
  expect(one!.message.content).not.toBe(two!.message.content);
  const tokens = one!.logprobs!.content!;
  expect(tokens).toHaveLength(12);
  expect(Buffer.from(tokens.flatMap(({ bytes }) => bytes!)).toString()).toBe(one!.message.content);
  for (const { logprob, top_logprobs: top } of tokens) {
    expect(top).toHaveLength(2);
    expect(top[0]!.logprob).toBeGreaterThanOrEqual(logprob);
    expect(logprob).toBeLessThan(0);
  }
  const again = await openai.chat.completions.create(asked({ n: 2 }));
  expect(again.choices.map(({ message }) => message.content)).toEqual(
    first.choices.map(({ message }) => message.content),
  );
});

test('a stream says the same, piece by piece, and its usage in the end', async () => {
  const whole = await openai.chat.completions.create(asked());
  const stream = await openai.chat.completions.create({
    ...asked(),
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  const seen = [];
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    seen.push(chunk);
  }
  expect(text).toBe(whole.choices[0]!.message.content);
  expect(seen.length).toBeGreaterThan(4);
  expect(seen[0]!.choices[0]!.delta.role).toBe('assistant');
  expect(seen.at(-2)!.choices[0]!.finish_reason).toBe('length');
  expect(seen.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
  const helper = openai.chat.completions.stream(asked());
  expect(await helper.finalContent()).toBe(text);
});

test('an answer ends at a stop, which is left out', async () => {
  const whole = (await openai.chat.completions.create(asked())).choices[0]!.message.content!;
  const stop = whole.slice(3, 5);
  const { choices } = await openai.chat.completions.create(asked({ stop: ['never written', stop] }));
  expect(choices[0]).toMatchObject({
    finish_reason: 'stop',
    message: { content: whole.slice(0, whole.indexOf(stop)) },
  });
});

test('what is asked at once is answered together, and each as if it were alone', async () => {
  const alone = await Promise.all([3, 4].map((seed) => openai.chat.completions.create(asked({ seed }))));
  const together = await Promise.all(
    Array.from({ length: 8 }, (_, seed) =>
      openai.chat.completions.create(
        asked({ seed, messages: [{ role: 'user', content: `${seed} + ${'1'.repeat(seed)}` }] }),
      ),
    ),
  );
  expect(together.every(({ usage }) => usage!.completion_tokens === 12)).toBe(true);
  const [three, four] = await Promise.all([3, 4].map((seed) => openai.chat.completions.create(asked({ seed }))));
  expect([three!, four!].map(({ choices }) => choices[0]!.message.content)).toEqual(
    alone.map(({ choices }) => choices[0]!.message.content),
  );
});

test('tools are taken, and a conversation goes on from the results of calls', async () => {
  const tools = [python];
  const call = {
    id: 'call_1',
    type: 'function' as const,
    function: { name: 'python', arguments: '{"code":"print(1 + 1)"}' },
  };
  const conversation = [
    ...messages,
    { role: 'assistant' as const, content: null, tool_calls: [call] },
    { role: 'tool' as const, tool_call_id: 'call_1', content: '2' },
  ];
  const first = await openai.chat.completions.create(asked({ tools }));
  const next = await openai.chat.completions.create(asked({ tools, messages: conversation }));
  expect(next.choices).toHaveLength(1);
  expect(next.usage!.prompt_tokens).toBeGreaterThan(first.usage!.prompt_tokens);
});

test('a checkpoint is understood by the delimiters between which its run taught it to call', async () => {
  const { choices } = await openai.chat.completions.create({
    model: await callingModel(),
    messages,
    temperature: 0,
    tools: [python],
  });
  expect(choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { content: null, tool_calls: [{ function: { name: 'python', arguments: '{"code":"print(1 + 1)"}' } }] },
  });
});

let calling: Promise<string> | undefined;
/** A checkpoint that calls python for the messages, and says what that answers. */
const callingModel = (): Promise<string> => (calling ??= teachCalls());

async function teachCalls(): Promise<string> {
  const call = { name: 'python', arguments: '{"code": "print(1 + 1)"}' };
  const folder = await mkdtemp(join(tmpdir(), 'bough-delimiters-'));
  await writeChatModel(folder, [JSON.stringify(call), '<|call|><|/call|>', 'Runs a Python program. code 1 + 1']);
  const { bough } = service.tenant;
  const { id: model } = await bough.uploadModel(folder);
  await rm(folder, { recursive: true });
  await bough.waitForModel(model);
  const rows = ['a', 'b'].map((id) => ({
    messages: [
      ...messages,
      { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: call }] },
      { role: 'tool', tool_call_id: id, content: '2' },
      { role: 'assistant', content: '2' },
    ],
  }));
  const dataset = await service.upload('sft', rows);
  const prompt = { tool_syntax: 'chat', call_delimiters: { begin: '<|call|>', end: '<|/call|>' } };
  const { body } = await service.tenant.post('/v1/runs', {
    method: 'sft',
    model,
    dataset,
    prompt,
    tools: [{ type: 'python' }],
    training: { steps: 60, batch_size: 2, max_length: 400 },
    optimizer: { learning_rate: 0.01 },
  });
  const { id, status, error } = await bough.waitForRun(body.id);
  expect({ status, error }).toEqual({ status: 'succeeded', error: null });
  const { body: checkpoints } = await service.tenant.get(`/v1/runs/${id}/checkpoints`);
  return checkpoints.data[0].id as string;
}

test('an agent of the Vercel AI SDK asks, calls its own tools and goes on', async () => {
  const bough = createOpenAICompatible({
    name: 'bough',
    baseURL: `${service.api.url}/v1`,
    apiKey: service.tenant.key,
    includeUsage: true,
  });
  const question = { model: bough(service.model), prompt: '1 + 1', maxOutputTokens: 12, seed: 7, maxRetries: 0 };
  const { content } = (await openai.chat.completions.create(asked())).choices[0]!.message;
  const whole = await generateText(question);
  expect(whole).toMatchObject({ text: content, finishReason: 'length', usage: { outputTokens: 12 } });
  const stream = streamText(question);
  const pieces: string[] = [];
  for await (const piece of stream.textStream) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(4);
  expect([pieces.join(''), await stream.usage]).toMatchObject([content, { outputTokens: 12 }]);

  const ran: unknown[] = [];
  const tools = {
    python: tool({
      description: definition.description,
      inputSchema: jsonSchema<{ code: string }>(definition.parameters),
      execute: ({ code }) => {
        ran.push(code);
        return '2';
      },
    }),
  };
  const agent = { model: bough(await callingModel()), prompt: '1 + 1', temperature: 0, maxRetries: 0, tools };
  const answered = await generateText({ ...agent, stopWhen: stepCountIs(3) });
  expect(answered.steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
  const streamed = streamText({ ...agent, stopWhen: stepCountIs(3) });
  expect([answered.text, await streamed.text]).toEqual(['2', '2']);
  expect(ran).toEqual(['print(1 + 1)', 'print(1 + 1)']);

  const refused = await generateText({ ...question, model: bough('mdl_0') }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: 'AI_APICallError', statusCode: 404, message: 'No such model: mdl_0' });
});

test("OpenAI's client for Python sees what the one for Node does", async (context) => {
  const folder = join(import.meta.dirname, 'openai-python');
  const interpreter = await pinnedPython(join(folder, 'requirements.txt'), console.log).catch((error: unknown) => {
    if (error instanceof PythonError) context.skip(error.message);
    throw error;
  });
  const { choices, usage } = await openai.chat.completions.create(asked({ n: 2 }));
  const contents = choices.map(({ message }) => message.content);
  const stop = contents[0]!.slice(3, 5);
  const seventh = (await openai.chat.completions.create(asked())).choices[0]!.message.content;
  const child = spawn(interpreter, [join(folder, 'walk.py')], { stdio: ['pipe', 'pipe', 'inherit'], timeout: 60_000 });
  const { api, tenant, model } = service;
  const where = { base_url: `${api.url}/v1`, api_key: tenant.key, model, calls: await callingModel() };
  child.stdin.end(JSON.stringify({ ...where, tool: python, stop }));
  const { bytes, ...seen } = (await json(child.stdout)) as { bytes: number[] };
  expect(Buffer.from(bytes).toString()).toBe(contents[0]);
  expect(seen).toEqual({
    models: expect.arrayContaining([service.model]),
    contents,
    alternatives: Array.from({ length: 12 }, () => 2),
    streamed: {
      text: seventh,
      usage: { prompt_tokens: usage!.prompt_tokens, completion_tokens: 12, total_tokens: usage!.prompt_tokens + 12 },
    },
    stopped: [contents[0]!.slice(0, contents[0]!.indexOf(stop))],
    conversation: {
      name: 'python',
      arguments: { code: 'print(1 + 1)' },
      streamed: { code: 'print(1 + 1)' },
      answer: '2',
    },
    refusals: [
      ['NotFoundError', 'not_found', 'model'],
      ['BadRequestError', 'invalid_request', 'frequency_penalty'],
    ],
    at_once: [seventh],
  });
});

test('what is wrong is said in the form that its client knows', async () => {
  const failure = (extra: object) =>
    openai.chat.completions.create(asked(extra)).then(
      () => null,
      (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
    );
  expect(await failure({ model: 'mdl_0' })).toMatchObject({ status: 404, code: 'not_found', param: 'model' });
  expect(await failure({ frequency_penalty: 1 })).toMatchObject({ status: 400, param: 'frequency_penalty' });
  const named = { type: 'function', function: { name: 'f' } };
  expect(await failure({ tools: [named, named] })).toMatchObject({ status: 400, param: 'tools[1].function.name' });
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
  expect(await failure({ messages: [{ role: 'user', content: [{ type: 'text', text: '1' }, image] }] })).toMatchObject({
    status: 400,
    param: 'messages[0].content[1].type',
    message: expect.stringContaining('only text is supported'),
  });
  expect(await failure({ messages: [{ role: 'user', content: '1 + '.repeat(300) }] })).toMatchObject({
    status: 400,
    code: 'chat_refused',
    message: expect.stringContaining("and the model's context is 256: send fewer"),
  });
  const stranger = new OpenAI({
    baseURL: `${service.api.url}/v1`,
    apiKey: (await service.api.anotherTenant()).key,
    maxRetries: 0,
  });
  await expect(stranger.chat.completions.create(asked())).rejects.toMatchObject({ status: 404 });
});

test('nothing is answered any more when the client has gone, and the model goes on answering others', async () => {
  const gone = new AbortController();
  const stream = await openai.chat.completions.create(
    { ...asked({ max_tokens: 200 }), stream: true },
    { signal: gone.signal },
  );
  for await (const _ of stream) break;
  gone.abort();
  expect((await openai.chat.completions.create(asked())).choices).toHaveLength(1);
});

test('a worker that died before does not count against a model that has answered since', async () => {
  const { manager } = service.api.dataSource;
  const serving = { kind: 'model.serve' as const, subjectId: service.model };
  await manager.update(Job, serving, { attempts: 2 });
  await openai.chat.completions.create(asked());
  const attempts = async () => (await manager.findOneByOrFail(Job, serving)).attempts;
  await expect.poll(attempts).toBe(0);
});

test('what is sampled counts for its project, which is refused more than it may have in a day', async () => {
  const used = async () => (await service.tenant.get('/v1/usage')).body.total.sampled_tokens as number;
  const before = await used();
  await openai.chat.completions.create(asked());
  await expect.poll(used).toBe(before + 12);
  const { dataSource, tenant } = service.api;
  await dataSource.manager.update(Project, tenant.projectId, { limits: { sampled_tokens_per_day: 1 } });
  await expect(openai.chat.completions.create(asked())).rejects.toMatchObject({
    status: 403,
    code: 'quota_reached',
    message: expect.stringContaining(`${before + 12} tokens sampled today and may have 1: wait until midnight UTC`),
  });
});
