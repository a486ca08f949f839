/** Servers of users, through the whole service: runs that learn from rewards that ask one, evaluations, graders that are only tried, and tools that one brings. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Schemas } from '../openapi/client.js';
import { AddressGuard } from '../src/outgoing/address-guard.js';
import { Outgoing } from '../src/outgoing/outgoing.js';
import { EnvironmentTool } from '../src/tools/environment/environment.js';
import { EverythingServer } from './support/everything-server.js';
import { OpenEnvServer } from './support/openenv-server.js';
import { PythonError } from '../bench/harness/python.js';
import { JsonServer } from './support/json-server.js';
import { groupReply, JudgeServer } from './support/judge-server.js';
import { writeChatModel } from './support/tiny-model.js';
import { WholeService } from './support/whole-service.js';

const SECRET = 'sk-never-to-be-seen';
const ENV = { BOUGH_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'), ALLOWED_NETWORKS: '127.0.0.0/8' };

interface Asked {
  readonly job: string;
  readonly question: string;
  readonly answers: readonly { readonly response: string; readonly parts: readonly { readonly kind: string }[] }[];
}

/** A user's scorer: longer answers are worth more. */
class ScoreServer extends JsonServer<Asked> {
  override answer: JsonServer<Asked>['answer'] = ({ body }, response) => {
    const scores = body.answers.map(({ response: text }) => ({
      score: text.length / 100,
      parts: { length: text.length / 100 },
      flags: [`${text.length} characters, ${SECRET}`],
    }));
    response.end(JSON.stringify({ scores }));
  };
}

let service: WholeService;
let judge: JudgeServer;
let scorer: ScoreServer;
beforeAll(async () => {
  service = await WholeService.open(ENV);
  const { status } = await service.tenant.post('/v1/secrets', { name: 'judge', value: SECRET });
  expect(status).toBe(201);
}, 180_000);
afterAll(() => service.close());
beforeEach(async () => {
  [judge, scorer] = await Promise.all([JudgeServer.open(), new ScoreServer().listen()]);
});
afterEach(() => Promise.all([judge.close(), scorer.close()]));

const group = (changes: object = {}) => ({ type: 'judge_group', base_url: judge.baseUrl, model: 'j', ...changes });
const spec = (reward: object, changes: object = {}) =>
  service.arpo({ reward, training: { steps: 2, prompts_per_step: 2 }, evaluation: null, ...changes });

async function runToEnd(given: object) {
  const { status, body } = await service.tenant.post('/v1/runs', given);
  expect({ status, body }).toMatchObject({ status: 201 });
  const run = await service.tenant.bough.waitForRun(body.id as string);
  expect(run).toMatchObject({ status: 'succeeded', error: null });
  return run;
}

async function trained(reward: object, changes: object = {}) {
  const run = await runToEnd(spec(reward, changes));
  const { body: page } = await service.tenant.get(`/v1/runs/${run.id}/trajectories?limit=100`);
  return { id: run.id, trajectories: page.data as Trajectory[] };
}

interface Trajectory {
  reward: number | null;
  parts: Record<string, number>;
  flags: string[];
  reward_status: string;
}

/** Everything that is stored, but the sealed secret. */
async function stored(): Promise<string> {
  const tables = await service.api.dataSource.query<{ name: string }[]>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name <> 'secrets'`,
  );
  const texts = await Promise.all(
    tables.map(({ name }) =>
      service.api.dataSource.query<{ text: string | null }[]>(
        `SELECT string_agg(t::text, '') AS text FROM "${name}" t`,
      ),
    ),
  );
  return texts.map(([row]) => row?.text ?? '').join('\n');
}

test('a run learns from a judge, its verdicts can be read, and the next run asks nothing anew', async () => {
  judge.reply = (asked) => (asked.length % 2 === 0 ? 'Even.\ncorrect' : 'Odd.\nincorrect');
  const reward = {
    type: 'judge',
    base_url: judge.baseUrl,
    model: 'j',
    secret: 'judge',
    prompt: '{question}: {response}',
  };
  const first = await trained(reward);
  expect(first.trajectories).toHaveLength(16);
  for (const { reward: given, parts, flags, reward_status } of first.trajectories) {
    expect(reward_status).toBe('scored');
    expect(parts).toEqual({ judge: given });
    expect(flags).toEqual(given === 1 ? ['correct', 'Even.\ncorrect'] : ['incorrect', 'Odd.\nincorrect']);
  }
  expect(judge.heard[0]!.headers['authorization']).toBe(`Bearer ${SECRET}`);
  const asked = judge.heard.length;
  expect(asked).toBeGreaterThan(0);
  const again = await trained({ ...reward, cache: 'read_only' });
  expect(again.trajectories.map((one) => one.reward)).toEqual(first.trajectories.map((one) => one.reward));
  expect(judge.heard).toHaveLength(asked);
}, 180_000);

test('a run learns from a user’s server, which gets each group in one request', async () => {
  const reward = { type: 'http', url: `http://127.0.0.1:${scorer.port}/score`, secret: 'judge' };
  const { id, trajectories } = await trained(reward);
  expect(scorer.heard.map(({ body }) => body.answers.length)).toEqual([4, 4, 4, 4]);
  expect(scorer.heard[0]!.body).toMatchObject({ job: id, question: expect.stringMatching(/^\d+ \+ \d+$/) });
  expect(scorer.heard[0]!.headers['webhook-signature']).toMatch(/^v1,/);
  for (const { reward: given, parts, flags } of trajectories) {
    expect(parts).toEqual({ length: given });
    expect(flags).toEqual([expect.stringMatching(/characters, \[secret\]$/)]);
  }
  const everything = await stored();
  expect(everything).toContain('[secret]');
  expect(everything).not.toContain(SECRET);
}, 180_000);

test('a run learns from a judge that compares the answers of a forked tree', async () => {
  judge.reply = groupReply((attempt) => Math.min(1, attempt.length / 1000));
  const { trajectories } = await trained(group());
  expect(judge.heard.length).toBe(4);
  for (const one of trajectories)
    expect(one).toMatchObject({ reward_status: 'scored', parts: { judge_group: one.reward } });
}, 180_000);

test('a judge that fails gives no rewards of 0: the run is paused, says why, and goes on once the judge is back', async () => {
  const { answer } = judge;
  judge.answers(200, '<html>Sign in</html>');
  const { body } = await service.tenant.post('/v1/runs', spec({ type: 'judge', base_url: judge.baseUrl, model: 'j' }));
  const run = await service.tenant.bough.waitForRun(body.id as string);
  expect(run).toMatchObject({ status: 'paused', error: null });
  const { body: events } = await service.tenant.get(`/v1/runs/${run.id}/events?limit=100`);
  const messages = (events.data as { message: string }[]).map(({ message }) => message);
  expect(messages).toContainEqual(expect.stringContaining('judge: it answered with no JSON: <html>Sign in</html>'));
  judge.answer = answer;
  expect((await service.tenant.post(`/v1/runs/${run.id}/resume`, {})).status).toBe(200);
  expect(await service.tenant.bough.waitForRun(run.id)).toMatchObject({ status: 'succeeded', error: null });
}, 180_000);

test('an evaluation is graded by a judge', async () => {
  judge.reply = () => '{"result": 0.5}';
  const input = [{ role: 'user', content: '{{item.reference}}: {{sample.output_text}}' }];
  const grader = { type: 'score_model', name: 'g', model: 'j', base_url: judge.baseUrl, input };
  const { model, questions: dataset } = service;
  const sampling = { max_response_tokens: 24 };
  const { body } = await service.tenant.post('/v1/evaluations', { model, dataset, grader, limit: 2, sampling });
  const { id } = body as { id: string };
  await expect
    .poll(async () => (await service.tenant.get(`/v1/evaluations/${id}`)).body.status as string, { timeout: 60_000 })
    .toBe('succeeded');
  expect((await service.tenant.get(`/v1/evaluations/${id}/items`)).body.data).toMatchObject([
    { reward: 0.5, parts: { score_model: 0.5 } },
    { reward: 0.5 },
  ]);
}, 120_000);

test('what a judge cannot do is refused before anything is started, by the field', async () => {
  const { tenant, model, questions: dataset } = service;
  const refusal = async (path: string, body: object) => {
    const { status, body: answer } = await tenant.post(path, body);
    return { status, param: answer.error?.param as string, message: answer.error?.message as string };
  };
  expect(await refusal('/v1/runs', spec({ type: 'judge', model: 'j' }))).toMatchObject({
    status: 422,
    param: 'reward.base_url',
    message: expect.stringContaining('have the operator set JUDGE_BASE_URL'),
  });
  expect(await refusal('/v1/runs', spec(group({ secret: 'gone' })))).toMatchObject({
    status: 422,
    param: 'reward.secret',
    message: expect.stringContaining('no such secret: gone; post it to /v1/secrets'),
  });
  const evaluation = { dataset, every_steps: 1, limit: 1 };
  expect(await refusal('/v1/runs', spec(group(), { evaluation }))).toMatchObject({ status: 422, param: 'evaluation' });
  expect(
    await refusal('/v1/evaluations', { model, dataset, grader: group(), sampling: { max_response_tokens: 24 } }),
  ).toMatchObject({
    status: 422,
    param: 'sampling.samples',
    message: expect.stringContaining('ask for 2 or more'),
  });
  const items = [
    { response: 'a', reference: 'b', question: 'c' },
    { response: 'd', reference: 'b', question: 'e' },
  ];
  expect(await refusal('/v1/graders/run', { grader: group(), items })).toMatchObject({
    status: 422,
    param: 'items[0]',
    message: expect.stringContaining('give 2 items or more with the same question'),
  });
  expect(judge.heard).toEqual([]);
});

test('graders that ask a server can be tried, and items of one prompt go together', async () => {
  const { tenant } = service;
  judge.reply = groupReply((attempt) => (attempt.includes('Lima') ? 1 : 0));
  const items = ['Lima', 'Rome', 'Oslo', 'Lima'].map((response, i) => ({
    response,
    reference: 'Lima',
    question: i % 2 === 0 ? 'Peru?' : 'Capital?',
  }));
  const grader = { type: 'sum', terms: [{ reward: group() }, { reward: { type: 'contains', within: 'response' } }] };
  const { body } = await tenant.post('/v1/graders/run', { grader, items });
  expect(body.data.map(({ reward }: { reward: number }) => reward)).toEqual([2, 0, 0, 2]);
  expect(judge.heard).toHaveLength(2);
  const url = `http://127.0.0.1:${scorer.port}/`;
  const scored = await tenant.post('/v1/graders/run', { grader: { type: 'http', url, secret: 'judge' }, items });
  expect(scored.body.data).toHaveLength(4);
  expect(JSON.stringify(scored.body)).not.toContain(SECRET);
  expect(
    (await tenant.post('/v1/graders/validate', { grader: { type: 'http', url, secret: 'gone' } })).body,
  ).toMatchObject({
    valid: false,
    problems: [{ path: 'grader.secret', message: 'no such secret: gone; post it to /v1/secrets' }],
  });
  const elsewhere = { type: 'judge', model: 'j', base_url: 'http://10.0.0.1/v1' };
  expect((await tenant.post('/v1/graders/run', { grader: elsewhere, items })).body.error.message).toBe(
    'The reward judge is not usable: 10.0.0.1 is not a public address: the operator can allow its network with ALLOWED_NETWORKS',
  );
});

test('a Qwen learns from demonstrations to call an MCP tool in its own format, and ARPO trains on with the real one', async () => {
  const { bough } = service.tenant;
  const server = await EverythingServer.open();
  const folder = await mkdtemp(join(tmpdir(), 'bough-qwen-'));
  try {
    const sums = [1, 2].map((a) => {
      const call = { name: 'get-sum', arguments: JSON.stringify({ a, b: 5 }) };
      return {
        question: `${a} + 5`,
        call,
        result: `The sum of ${a} and 5 is ${a + 5}.`,
        answer: `<answer>\\boxed{${a + 5}}</answer>`,
      };
    });
    const words =
      'Returns the sum of two numbers "name" "description" "parameters" "type" "function" "object" "number"';
    await writeChatModel(folder, [words, ...sums.flatMap((sum) => [JSON.stringify(sum), sum.result, sum.answer])]);
    const { id: model } = await bough.uploadModel(folder);
    await bough.waitForModel(model);
    const asOpenAi = sums.map(({ question, call, result, answer }) => {
      // Two calls in one turn.
      const calls = ['a', 'b'].map((id) => ({ id, type: 'function', function: call }));
      const results = calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: result }));
      const called = [{ role: 'assistant', content: null, tool_calls: calls }, ...results];
      return { messages: [{ role: 'user', content: question }, ...called, { role: 'assistant', content: answer }] };
    });
    const questions = sums.map(({ question }, i) => ({ question, answer: String(i + 6) }));
    const [demonstrations, dataset] = [await service.upload('sft', asOpenAi), await service.upload('rl', questions)];
    const chat = {
      prompt: { tool_syntax: 'chat' },
      tools: [{ type: 'mcp', url: server.url, allow: ['get-sum'], max_calls: 1 }],
    };
    const train = (given: object) => runToEnd({ ...chat, ...given });
    const cold = await train({
      method: 'sft',
      model,
      dataset: demonstrations,
      training: { steps: 80, batch_size: 2, max_length: 400 },
      optimizer: { learning_rate: 0.01 },
    });
    const { body: checkpoints } = await service.tenant.get(`/v1/runs/${cold.id}/checkpoints`);
    const { id, usage } = await train({
      method: 'arpo',
      model: checkpoints.data[0].id,
      dataset,
      reward: { type: 'exact_match' },
      rollout: { group_size: 6, max_response_tokens: 240 },
      training: { steps: 2, prompts_per_step: 2 },
    });
    expect(usage.unique_tokens).toBeGreaterThan(0);

    const { body: list } = await service.tenant.get(`/v1/runs/${id}/trajectories?limit=100`);
    const read = (list.data as { id: string }[]).map(async (one) => {
      const { body } = await service.tenant.get(`/v1/trajectories/${one.id}`);
      return (body as unknown as Schemas['Trajectory']).segments;
    });
    const calls = (await Promise.all(read))
      .flat()
      .flatMap(({ tool, text }) => (tool?.name === 'get-sum' ? [{ tool, text }] : []));
    const answered = calls.filter(({ tool }) => tool.outcome === 'ok');
    expect(answered.length).toBeGreaterThan(0);
    for (const { tool, text } of answered) {
      const { a, b } = JSON.parse(tool.input) as { a: number; b: number };
      expect(tool.text).toBe(`The sum of ${a} and ${b} is ${a + b}.`);
      expect(text).toContain(`<tool_response>\n${tool.text}\n</tool_response>`);
    }
    // Of the two calls of a turn, as they were taught, the second is one too many.
    expect(calls.map(({ tool }) => tool.text)).toContainEqual(
      'This call was not made: at most 1 call of get-sum may be made, and there were as many.',
    );
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** Plays on the server by itself: two branches of one trajectory, a game that is another each time, and one that breaks. */
async function playedOn(server: OpenEnvServer): Promise<unknown[]> {
  const signal = AbortSignal.timeout(60_000);
  const outgoing = new Outgoing(new AddressGuard(['127.0.0.0/8']));
  const given = { name: 'guess', description: 'Guess.', parameters: null, secret: null, pinned: null };
  const options = { ...given, url: new URL(server.url), timeoutS: 30, episodes: 8, outgoing };
  const tool = await EnvironmentTool.open(options, signal);
  const call = async (number: number, id: string, ...previous: string[]) => {
    const outcome = await tool.call({ name: 'guess', arguments: { number }, id, previous, example: 3 }, signal);
    return outcome.kind === 'infra_error' ? outcome.message : outcome.text;
  };
  const outcomes = [await call(0, '0'), await call(99, '1', '0'), await call(0, '1b', '0')];
  outcomes.push(await call(0, '2', '0', '1'), await call(0, '2b', '0', '1'), await call(13, '3'));
  await tool.close();
  return outcomes;
}

test('a model learns from the episodes of a real OpenEnv server, which are its tool calls and its reward', async (context) => {
  const server = await OpenEnvServer.open(8).catch((error: unknown) => {
    if (error instanceof PythonError) context.skip(error.message);
    throw error;
  });
  try {
    const hint = (text: string) => `{"reward":-0.25,"done":false,"observation":{"hint":"${text}"}}`;
    expect(await playedOn(server)).toEqual([
      hint('higher after 1'),
      expect.stringMatching(/lower after 2 0\.\d+/),
      hint('higher after 2'),
      hint('higher after 3'),
      'guess: played again with the same seed, the episode went otherwise: it has to depend on seed and actions alone',
      expect.stringMatching(/^guess: 127.0.0.1:\d+: 13 breaks it$/),
    ]);
    const guess = { type: 'environment', name: 'guess', description: 'Guess the number.', url: server.url };
    const calls = '<guess>{"number": 50}</guess><guess>{"number": 25}</guess>';
    const demonstrations = await service.upload('sft', [
      {
        messages: [
          { role: 'user', content: 'play' },
          { role: 'assistant', content: `${calls}<answer>\\boxed{1}</answer>` },
        ],
      },
    ]);
    const dataset = await service.upload('rl', [{ question: 'play', answer: '1' }]);
    const train = (given: object) => runToEnd({ tools: [guess], ...given });
    const cold = await train({
      method: 'sft',
      model: service.model,
      dataset: demonstrations,
      training: { steps: 60, batch_size: 1, max_length: 200 },
      optimizer: { learning_rate: 0.01 },
    });
    const { body: checkpoints } = await service.tenant.get(`/v1/runs/${cold.id}/checkpoints`);
    const { id, manifest } = await train({
      method: 'arpo',
      model: checkpoints.data[0].id,
      dataset,
      reward: { type: 'environment', tool: 'guess' },
      rollout: { group_size: 4, initial: 2, probe_tokens: 4, max_response_tokens: 220 },
      training: { steps: 2, prompts_per_step: 1 },
    });
    const { tools } = (manifest as { inputs: { tools: { name: string; parameters: { properties: object } }[] } })
      .inputs;
    expect(tools.map(({ name }) => name)).toEqual(['guess', 'guess_reset']);
    expect(Object.keys(tools[0]!.parameters.properties)).toEqual(['number']);

    const { body: list } = await service.tenant.get(`/v1/runs/${id}/trajectories?limit=100`);
    const trajectories = list.data as (Trajectory & { id: string })[];
    expect(trajectories).toHaveLength(8);
    let steps = 0;
    const last = new Map<string, number>();
    for (const { id: one, reward, parts, reward_status } of trajectories) {
      expect(reward_status).toBe('scored');
      const { body } = await service.tenant.get(`/v1/trajectories/${one}`);
      const results = (body as unknown as Schemas['Trajectory']).segments.flatMap(({ tool }) =>
        tool?.outcome === 'ok' ? [JSON.parse(tool.text) as { reward: number; observation: { hint: string } }] : [],
      );
      expect(results.map(({ observation }) => observation.hint)).toEqual(
        results.map((_, i) => expect.stringMatching(new RegExp(`^(right|(higher|lower) after ${i + 1})`))),
      );
      steps += results.length;
      last.set(one, results.at(-1)?.reward ?? 0);
      expect(reward).toBe(results.reduce((sum, result) => sum + result.reward, 0));
      expect(parts).toEqual({ environment: reward });
    }
    expect(steps).toBeGreaterThan(0);
    const { begun, ended } = await server.episodes();
    expect(begun).toBeGreaterThan(0);
    expect(ended).toBe(begun);

    // What its episodes were worth is scored again from what is stored, without the server.
    const rescored = async (take: 'sum' | 'last') => {
      const grader = { type: 'environment', tool: 'guess', take };
      const { body: posted } = await service.tenant.post(`/v1/runs/${id}/rescore`, { grader });
      const rescore = async () => (await service.tenant.get(`/v1/rescores/${posted.id}`)).body;
      await expect.poll(async () => (await rescore()).status as string, { timeout: 30_000 }).toBe('ready');
      const { body: items } = await service.tenant.get(`/v1/rescores/${posted.id}/items?limit=100`);
      return { comparison: (await rescore()).comparison, items: items.data as Schemas['RescoreItem'][] };
    };
    const same = { trajectories: 8, compared: 8, infra_errors: 0, changed: 0 };
    expect(await rescored('sum')).toMatchObject({ comparison: same });
    const { items, comparison } = await rescored('last');
    expect(items.map(({ trajectory_id: one, after }) => [one, after])).toEqual([...last]);
    expect(comparison.changed).toBe(trajectories.filter(({ id: one, reward }) => reward !== last.get(one)).length);
    expect(await server.episodes()).toEqual({ begun, ended });
  } finally {
    await server.stop();
  }
}, 300_000);
