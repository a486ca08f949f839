import { expect, test, vi } from 'vitest';
import { Channel } from '../protocol/channel.js';
import { PROTOCOL_VERSION, TrainerMessage, type Job, type WorkerMessage } from '../protocol/messages.js';
import { streamPair } from '../../test/support/trainer-peer.js';
import { Cancelled, Link, LinkClosed } from './link.js';
import { said } from '../../test/support/responses.js';

const job: Job = {
  kind: 'create_model',
  model_id: 'mdl_1',
  architecture: { layers: 1, hidden_size: 8, heads: 1, ffn_size: 8 },
  tokenizer: { directory: '/nowhere' },
  seed: 0,
  output_directory: '/nowhere',
  threads: 1,
};
const log = (message: string): Extract<TrainerMessage, { type: 'log' }> => ({ type: 'log', level: 'info', message });

/** A link, the other end of its pipe, and what was heard there. */
function linked() {
  const [workerEnd, trainerEnd] = streamPair();
  const heard: { number: number; message: TrainerMessage }[] = [];
  const worker = new Channel<TrainerMessage, WorkerMessage>(workerEnd, TrainerMessage, {
    onMessage: ({ number, message }) => heard.push({ number, message }),
    onClose: () => {},
  });
  const link = new Link(trainerEnd, ['train'], { node: '1' });
  const turns = async () => {
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
  };
  return { link, worker, heard, turns };
}

/** What each of the promises is rejected with. */
const failuresOf = (promises: Promise<unknown>[]) =>
  Promise.all(
    promises.map((promise) =>
      promise.then(
        () => null,
        (error: unknown) => error,
      ),
    ),
  );

test('a link says hello and hands out the job', async () => {
  const { link, worker, heard } = linked();
  worker.send({ type: 'start', version: PROTOCOL_VERSION, job });
  expect(await link.job).toEqual(job);
  expect(heard[0]!.message).toMatchObject({ type: 'hello', version: PROTOCOL_VERSION, capabilities: ['train'] });
});

test('a worker of another version is refused', async () => {
  const { link, worker } = linked();
  worker.send({ type: 'start', version: 99, job });
  await expect(link.job).rejects.toThrow('version 99');
});

test('answers find their questions in any order', async () => {
  const { link, worker, turns } = linked();
  const call = { step: 1, tool: 'search', input: 'x', format: 'text' as const, previous: [], example: 0 };
  const asked = [link.askTool({ call: '1', ...call }), link.askTool({ call: '2', ...call })];
  const scores = link.askScores({ dataset: 'ds_1', example: 0, responses: [said('r')] });
  await turns();
  worker.send({ type: 'scores', request: 1, scores: [{ status: 'infra_error', message: 'm' }] });
  worker.send({ type: 'tool_result', call: '2', latency_ms: 5, outcome: 'ok', text: 'two' });
  worker.send({ type: 'tool_result', call: '1', latency_ms: 5, outcome: 'program_error', text: 'one' });
  expect(await asked[0]).toEqual({ outcome: 'program_error', text: 'one', latencyMs: 5 });
  expect(await asked[1]).toEqual({ outcome: 'ok', text: 'two', latencyMs: 5 });
  expect(await scores).toEqual([{ status: 'infra_error', message: 'm' }]);
});

test('no responses need no question', async () => {
  const { link, heard, turns } = linked();
  expect(await link.askScores({ dataset: 'ds_1', example: 0, responses: [] })).toEqual([]);
  await turns();
  expect(heard.map(({ message }) => message.type)).toEqual(['hello']);
});

test('storing waits while too many messages are unacknowledged, and settling for all of them', async () => {
  const { link, worker, heard } = linked();
  for (let i = 0; i < 64; i++) await link.store(log(`${i}`));
  let stored = false;
  let settled = false;
  void link.store(log('one more')).then(() => (stored = true));
  void link.settled().then(() => (settled = true));
  const logs = () => heard.filter(({ message }) => message.type === 'log');
  await vi.waitFor(() => expect(logs()).toHaveLength(65));
  expect(stored).toBe(false);
  const [first, ...rest] = logs();
  worker.send({ type: 'ack', number: first!.number });
  await vi.waitFor(() => expect(stored).toBe(true));
  expect(settled).toBe(false);
  for (const { number } of rest) worker.send({ type: 'ack', number });
  await vi.waitFor(() => expect(settled).toBe(true));
});

test('cancelling ends all waiting', async () => {
  const { link, worker, turns } = linked();
  const tool = link.askTool({
    call: '1',
    step: 1,
    tool: 'search',
    input: 'x',
    format: 'text' as const,
    previous: [],
    example: 0,
  });
  void link.store(log('x'));
  const failures = failuresOf([tool, link.settled()]);
  worker.send({ type: 'cancel', reason: 'no more' });
  await turns();
  expect(await failures).toEqual([expect.any(Cancelled), expect.any(Cancelled)]);
  expect(link.signal.reason).toMatchObject({ message: 'no more' });
  await expect(
    link.askTool({ call: '2', step: 1, tool: 't', input: '', format: 'text' as const, previous: [], example: 0 }),
  ).rejects.toBeInstanceOf(Cancelled);
});

test('a closed pipe ends the job and everything that waits', async () => {
  const { link, worker } = linked();
  const failures = failuresOf([link.job, link.askScores({ dataset: 'ds_1', example: 0, responses: [said('')] })]);
  worker.close();
  expect(await failures).toEqual([expect.any(LinkClosed), expect.any(LinkClosed)]);
  await link.closed;
});

test('the phase is told at once when it changes, and not more than once a second within', async () => {
  const { link, heard, turns } = linked();
  for (const fraction of [0, 0.1, 0.2]) link.phase('rollout', 1, 9, fraction);
  link.phase('update', 1, 9);
  link.phase('rollout', 2, 9, 0);
  await turns();
  const phases = heard.map(({ message }) => message).filter((message) => message.type === 'phase');
  expect(phases.map(({ phase, step, fraction }) => [phase, step, fraction])).toEqual([
    ['rollout', 1, 0],
    ['update', 1, null],
    ['rollout', 2, 0],
  ]);
});
