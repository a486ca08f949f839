/** Against a server that can be told to misbehave; test/judges.e2e.ts plays on a real one. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { AddressGuard } from '../../outgoing/address-guard.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import type { ToolCall } from '../tool.js';
import { EnvironmentTool, type EnvironmentOptions } from './environment.js';
import { shownStep, stepIn } from './step-result.js';

const SCHEMA = {
  type: 'object',
  properties: { number: { type: 'integer' }, metadata: { type: 'object' } },
  required: ['number'],
  additionalProperties: false,
};
const never = new AbortController().signal;

let http: Server;
let sockets: WebSocketServer;
/** What the server has heard in each episode, in the order in which they began. */
let heard: object[][];
let ended: number;
let capacity: number;
/** What it answers to a step: the number of the step, the sum of the seed and the numbers so far. */
let answer: (step: { count: number; sum: number; number: number; episode: number }) => object | null;

beforeEach(async () => {
  [heard, ended, capacity] = [[], 0, 100];
  answer = ({ count, sum, number }) => ({
    type: 'observation',
    data: { observation: { count, sum }, reward: number === 0 ? null : 0.5, done: number === 9 },
  });
  http = createServer((_, response) => void response.end(JSON.stringify({ action: SCHEMA })));
  sockets = new WebSocketServer({ server: http, path: '/base/ws' });
  sockets.on('connection', (socket) => {
    const say = (message: object) => socket.send(JSON.stringify(message));
    if (sockets.clients.size > capacity) {
      say({ type: 'error', data: { message: 'Server at capacity', code: 'CAPACITY_REACHED' } });
      return socket.close();
    }
    const mine: object[] = [];
    const episode = heard.push(mine);
    let [count, sum] = [0, 0];
    socket.on('close', () => (ended += 1));
    socket.on('message', (data: Buffer) => {
      const { type, data: given } = JSON.parse(data.toString()) as { type: string; data: Record<string, number> };
      if (type === 'close') return;
      mine.push(given);
      if (type === 'reset') {
        sum = given['seed']!;
        return say({ type: 'observation', data: { observation: { begins: sum }, reward: null, done: false } });
      }
      const number = given['number']!;
      count += 1;
      sum += number;
      const answered = answer({ count, sum, number, episode });
      if (answered) say(answered);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const client of sockets.clients) client.terminate();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

const open = (changes: Partial<EnvironmentOptions> = {}) =>
  EnvironmentTool.open(
    {
      name: 'add',
      description: 'Adds a number.',
      parameters: null,
      url: new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/base/`),
      secret: null,
      timeoutS: 5,
      episodes: 4,
      pinned: null,
      outgoing: new Outgoing(new AddressGuard(['127.0.0.0/8'])),
      ...changes,
    },
    never,
  );
/** The call `1/0/0/2` comes after `1/0/0/0` and `1/0/0/1`, where nothing else is said. */
const step = (id: string, number: unknown, previous?: string[], name = 'add'): ToolCall => {
  const count = Number(id.split('/').at(-1));
  const before = Array.from({ length: count }, (_, i) => id.replace(/\d+$/, String(i)));
  return { name, arguments: name === 'add' ? { number } : {}, id, previous: previous ?? before, example: 7 };
};
const ok = (count: number, sum: number, done = false) => ({
  kind: 'ok',
  text: `{"reward":0.5,"done":${done},"observation":{"count":${count},"sum":${sum}}}`,
});

test('a trajectory is an episode, which begins by its example and is closed when it is done', async () => {
  const tool = await open();
  expect(tool.definitions.map(({ name }) => name)).toEqual(['add', 'add_reset']);
  expect(tool.definitions[0]!.parameters).toEqual({ ...SCHEMA, properties: { number: { type: 'integer' } } });
  const begin = await tool.call(step('1/0/0/0', 0, [], 'add_reset'), never);
  expect(begin).toEqual({ kind: 'ok', text: '{"reward":null,"done":false,"observation":{"begins":7}}' });
  expect(await tool.call(step('1/0/0/1', 2), never)).toEqual(ok(1, 9));
  expect(await tool.call(step('1/0/0/2', 0, undefined, 'add_reset'), never)).toEqual({
    kind: 'program_error',
    text: 'The episode has begun already.',
  });
  expect(await tool.call(step('1/0/0/3', 'two'), never)).toMatchObject({ kind: 'program_error' });
  expect(await tool.call(step('1/0/0/4', 9), never)).toEqual(ok(2, 18, true));
  await vi.waitFor(() => expect(ended).toBe(1));
  expect(await tool.call(step('1/0/0/5', 1), never)).toEqual({ kind: 'program_error', text: 'The episode has ended.' });
  expect(heard).toEqual([[{ seed: 7 }, { number: 2 }, { number: 9 }]]);
  await tool.close();
});

test('where a trajectory forked, the calls before are played again in an episode of its own', async () => {
  const tool = await open();
  await tool.call(step('1/0/0/0', 1), never);
  await tool.call(step('1/0/0/1', 2), never);
  const fork = ['1/0/0/0', 'of another tool', '1/0/0/1'];
  const [one, other] = await Promise.all([
    tool.call(step('1/0/1/2', 3, fork), never),
    tool.call(step('1/0/2/2', 4, fork), never),
  ]);
  expect([one, other]).toEqual([ok(3, 13), ok(3, 14)]);
  expect(heard.map((episode) => episode.slice(0, 3))).toEqual(
    Array.from({ length: 2 }, () => [{ seed: 7 }, { number: 1 }, { number: 2 }]),
  );
  await tool.close();
  await vi.waitFor(() => expect(ended).toBe(2));
});

test('an episode that goes otherwise when it is played again is an infra_error', async () => {
  const tool = await open();
  answer = ({ episode }) => ({ type: 'observation', data: { observation: { episode }, reward: 0, done: false } });
  await tool.call(step('1/0/0/0', 1), never);
  await tool.call(step('1/0/0/1', 1), never);
  expect(await tool.call(step('1/0/1/1', 1, ['1/0/0/0']), never)).toEqual({
    kind: 'infra_error',
    message:
      'add: played again with the same seed, the episode went otherwise: it has to depend on seed and actions alone',
  });
  await tool.close();
});

test('with fewer episodes than trajectories they take turns, also on a server that is slow to end them', async () => {
  capacity = 1;
  const tool = await open({ episodes: 1 });
  const trajectories = ['1/0/0', '1/0/1', '1/1/0'];
  for (let count = 0; count < 3; count++) {
    const outcomes = await Promise.all(trajectories.map((id) => tool.call(step(`${id}/${count}`, 1), never)));
    expect(outcomes).toEqual(trajectories.map(() => ok(count + 1, 8 + count)));
  }
  await tool.close();
});

test('a connection that was lost between two calls is made again', async () => {
  const tool = await open();
  await tool.call(step('1/0/0/0', 1), never);
  for (const client of sockets.clients) client.terminate();
  await delay(50);
  expect(await tool.call(step('1/0/0/1', 1), never)).toEqual(ok(2, 9));
  await tool.close();
});

test('another attempt goes on in the episode of calls that it is told of', async () => {
  const first = await open();
  const calls = [step('1/0/0/0', 0, [], 'add_reset'), step('1/0/0/1', 5)];
  const outcomes = [];
  for (const call of calls) outcomes.push(await first.call(call, never));
  await first.close();
  const second = await open({ pinned: first.definitions });
  for (const [i, call] of calls.entries()) second.recall(call, outcomes[i]!);
  expect(await second.call(step('1/0/0/2', 1), never)).toEqual(ok(2, 13));
  await second.close();
});

test('an action that the server refuses is the model’s, anything else is not', async () => {
  const tool = await open({ timeoutS: 0.5 });
  const error = (code: string, errors?: object[]) => ({ type: 'error', data: { message: 'Bad', code, errors } });
  answer = () => error('VALIDATION_ERROR', [{ loc: ['number'], msg: 'too large' }]);
  const refused = { kind: 'program_error', text: 'add: Bad; number: too large' };
  expect(await tool.call(step('1/0/0/0', 1), never)).toEqual(refused);
  expect(await tool.call(step('1/0/0/1', 1), never)).toEqual(refused);
  const failures: [typeof answer, RegExp][] = [
    [() => error('EXECUTION_ERROR'), /^add: 127.0.0.1:\d+: Bad$/],
    [() => ({ type: 'other' }), /^add: 127.0.0.1:\d+ does not answer as the protocol says: {"type":"other"}$/],
    [
      () => ({ type: 'observation', data: { observation: 'x'.repeat(2 ** 20) } }),
      /^add: 127.0.0.1:\d+: Max payload size exceeded$/,
    ],
    [() => null, /^add: 127.0.0.1:\d+ did not answer within 0.5 s$/],
  ];
  for (const [i, [given, message]] of failures.entries()) {
    answer = given;
    expect(await tool.call(step(`2/0/${i}/0`, 1), never)).toEqual({
      kind: 'infra_error',
      message: expect.stringMatching(message),
    });
  }
  await vi.waitFor(() => expect(ended).toBe(heard.length - 1));
  await expect(tool.call(step('3/0/0/0', 1), AbortSignal.timeout(100))).rejects.toThrow('timeout');
  const waiting = tool.call(step('4/0/0/0', 1), never);
  await tool.close();
  expect(await waiting).toEqual({ kind: 'infra_error', message: 'add: it was closed' });
  await vi.waitFor(() => expect(sockets.clients.size).toBe(0));
});

test('a server that is not there, or not public, or says no schema', async () => {
  const tool = await open();
  const { port } = http.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}/elsewhere`);
  const wrong = await open({ url, parameters: { type: 'object' } });
  expect(await wrong.call(step('1/0/0/0', 1), never)).toMatchObject({
    message: expect.stringContaining('Unexpected server response: 400'),
  });
  await expect(open({ outgoing: new Outgoing(new AddressGuard()) })).rejects.toThrow('is not a public address');
  http.removeAllListeners('request').on('request', (_, response) => response.end('{}'));
  await expect(open()).rejects.toThrow(/does not say at \/base\/schema what an action is; give the parameters/);
  await Promise.all([tool.close(), wrong.close()]);
});

test('a reward is read out of a result as it stands, and out of no observation', () => {
  const shown = shownStep({ reward: -0.25, done: true, observation: '{"reward":9,"done":false,"observation":""}' });
  for (const text of [shown, `<result>${shown.slice(0, 60)}…</result>`, `{"output": ${JSON.stringify(shown)}}`])
    expect(stepIn(text)).toEqual({ reward: -0.25, done: true });
  expect(stepIn(shownStep({ reward: null, done: false, observation: 1 }))).toEqual({ reward: null, done: false });
  expect(stepIn('The episode has ended.')).toBeNull();
});
