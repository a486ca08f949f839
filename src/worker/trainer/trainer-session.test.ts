import { writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { bundleScriptedTrainer, removeBundle } from '../../../test/support/trainer-bundle.js';
import type { EvaluateJob } from '../../protocol/messages.js';
import { Stop } from '../stop.js';
import type { StorableMessage, TrainerHandler } from './trainer-handler.js';
import { superviseTrainer, type SessionOptions } from './trainer-session.js';

let entry: string;
beforeAll(async () => {
  entry = await bundleScriptedTrainer();
});
afterAll(() => removeBundle(entry));
afterEach(() => vi.unstubAllEnvs());

const LIMITS = { helloMs: 10_000, silenceMs: 600, graceMs: 300 };

function jobOf(metadata: Record<string, string>): EvaluateJob {
  return {
    kind: 'evaluate',
    evaluation_id: 'eval_1',
    attempt: 1,
    spec: {
      model: 'mdl_1',
      dataset: 'ds_1',
      benchmark: null,
      category: null,
      prompt: { system: null, template: 'chat', tool_syntax: 'tags', call_delimiters: null, tag_names: null },
      sampling: {
        temperature: 0,
        top_p: 1,
        samples: 1,
        max_response_tokens: 8,
        max_result_tokens: 4,
        tool_call_limit: 1,
        max_tool_calls_per_turn: null,
      },
      tools: [],
      grader: { type: 'exact_match' },
      accelerator: 'auto',
      limit: null,
      seed: 0,
      metadata,
    },
    model_directory: '/nowhere',
    examples: '/nowhere',
    tools: [],
    call_limits: {},
    provider: 'cpu',
    threads: 1,
  };
}

/** A handler that keeps what it is given; what it answers can be replaced. */
function handler(overrides: Partial<TrainerHandler> = {}) {
  const stored: StorableMessage[] = [];
  const whole: TrainerHandler = {
    onHello: () => Promise.resolve(),
    phase: () => Promise.resolve(),
    callTool: () => Promise.resolve({ outcome: 'ok', text: '2', latency_ms: 1 }),
    score: () => Promise.resolve([]),
    store: (message) => {
      stored.push(message);
      return Promise.resolve();
    },
    ...overrides,
  };
  return { stored, ...whole };
}

function supervise(metadata: Record<string, string>, options: Partial<SessionOptions> = {}) {
  const lines: string[] = [];
  const signal = new AbortController().signal;
  const base = { job: jobOf(metadata), handler: handler(), signal, entry, limits: LIMITS };
  return superviseTrainer({ ...base, onLine: (line) => lines.push(line), ...options });
}

/** Greets a trainer and does something when it has had the time to go to work, however long it took to come. */
function soon(work: () => void): () => Promise<void> {
  return () => {
    setTimeout(work, 200);
    return Promise.resolve();
  };
}

test('what a trainer says is stored in order and acknowledged before it is done', async () => {
  const mine = handler();
  expect(await supervise({ script: 'log' }, { handler: mine })).toEqual({ kind: 'done', cancelled: false });
  expect(mine.stored).toMatchObject([{ message: 'one' }, { message: 'two' }, { message: 'three' }]);
});

test('a trainer that says whose fault it was is believed', async () => {
  expect(await supervise({ script: 'user_error' })).toEqual({
    kind: 'failed',
    category: 'user',
    code: 'prompt_too_long',
    message: 'example 3 has 9,000 tokens',
  });
});

test('a trainer of another version is refused with both versions', async () => {
  vi.stubEnv('SCRIPTED_TRAINER_VERSION', '7');
  expect(await supervise({ script: 'log' })).toMatchObject({
    kind: 'failed',
    category: 'server',
    message: expect.stringContaining('speaks version 7 of the protocol, this worker 1'),
  });
});

test('a trainer that lacks what a job needs is refused before it gets the job, and what it lacks is named', async () => {
  vi.stubEnv('SCRIPTED_TRAINER_CAPABILITIES', 'train method:arpo');
  const mine = handler();
  expect(await supervise({ script: 'log' }, { handler: mine })).toEqual({
    kind: 'failed',
    category: 'server',
    code: 'trainer_incapable',
    message:
      'the trainer lacks evaluate, which the job needs; it has train, method:arpo: install a trainer that has it',
  });
  expect(mine.stored).toEqual([]);
});

test.each([
  ['SIGKILL', /was ended by SIGKILL, most likely by the system because memory ran out.*: lower training/s],
  ['SIGABRT', /was ended by SIGABRT, a crash in native code/],
])('a trainer that dies by %s is a crash that says what may help', async (die, reason) => {
  expect(await supervise({ script: 'die', die })).toEqual({ kind: 'crashed', reason: expect.stringMatching(reason) });
});

test('a trainer that stays silent is killed, and the last that it said is named', async () => {
  const outcome = await supervise({ script: 'hang' });
  expect(outcome).toEqual({
    kind: 'silent',
    reason: 'the trainer said nothing for 0.6 s; the last it said was hello',
  });
});

test('the time that the worker takes to answer is not silence of the trainer', async () => {
  const slow = handler({
    callTool: async () => {
      await new Promise((resolve) => setTimeout(resolve, 3 * LIMITS.silenceMs));
      return { outcome: 'ok', text: '', latency_ms: 1 };
    },
  });
  expect(await supervise({ script: 'tool' }, { handler: slow })).toEqual({ kind: 'done', cancelled: false });
});

test('a trainer that never says hello is given up', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bough-mute-'));
  const mute = join(folder, 'mute.mjs');
  await writeFile(mute, 'setInterval(() => {}, 1000)');
  const limits = { ...LIMITS, helloMs: 300 };
  expect(await supervise({}, { entry: mute, limits })).toEqual({
    kind: 'crashed',
    reason: 'the trainer did not say hello within 0.3 s',
  });
});

test('bytes that are no frames end the trainer, not the worker', async () => {
  const outcome = await supervise({ script: 'garbage' });
  expect(outcome).toMatchObject({ kind: 'crashed', reason: expect.stringContaining('broke the protocol') });
});

test('an entry that does not exist is a crash with what Node said', async () => {
  const outcome = await supervise({}, { entry: '/nowhere/main.trainer.js' });
  expect(outcome).toMatchObject({ kind: 'crashed', reason: expect.stringContaining('Cannot find module') });
});

test('a trainer that is asked to stop may end by itself', async () => {
  const stop = new AbortController();
  const onHello = soon(() => stop.abort(new Stop('cancelled', 'a user asked')));
  const outcome = await supervise({ script: 'obedient' }, { signal: stop.signal, handler: handler({ onHello }) });
  expect(outcome).toEqual({ kind: 'done', cancelled: true });
});

test('a trainer that does not hear is killed after the grace, also while a tool works', async () => {
  for (const script of ['hang', 'tool']) {
    const stop = new AbortController();
    let aborted = false;
    let stoppedAt = 0;
    const stuck = handler({
      onHello: soon(() => {
        stoppedAt = Date.now();
        stop.abort(new Stop('cancelled', 'a user asked'));
      }),
      callTool: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(signal.reason as Error);
          });
        }),
    });
    expect(await supervise({ script }, { signal: stop.signal, handler: stuck })).toEqual({ kind: 'stopped' });
    expect(Date.now() - stoppedAt).toBeLessThan(2000);
    expect(aborted).toBe(script === 'tool');
  }
});

test('what cannot be stored is not waited for long when the work is to stop after the trainer has ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bough-mortal-'));
  const [mortal, cue] = [join(folder, 'mortal.mjs'), join(folder, 'cue')];
  await writeFile(
    mortal,
    `import { existsSync } from 'node:fs';
     setInterval(() => existsSync(${JSON.stringify(cue)}) && process.exit(0), 20);
     process.on('exit', () => console.log('gone'));
     await import(${JSON.stringify(entry)});`,
  );
  const stop = new AbortController();
  const stuck = handler({ store: () => writeFile(cue, '').then(() => new Promise(() => {})) });
  const onLine = () => void setTimeout(() => stop.abort(new Stop('shutdown', 'the worker closes')), 300);
  const outcome = await supervise({ script: 'log' }, { entry: mortal, handler: stuck, signal: stop.signal, onLine });
  expect(outcome).toEqual({ kind: 'stopped' });
});

test('a lost lease kills the trainer at once', async () => {
  const stop = new AbortController();
  const onHello = soon(() => stop.abort(new Stop('lost', 'another worker has the job')));
  const limits = { ...LIMITS, graceMs: 60_000 };
  const outcome = await supervise(
    { script: 'obedient' },
    { signal: stop.signal, handler: handler({ onHello }), limits },
  );
  expect(outcome).toEqual({ kind: 'stopped' });
});

test('when the worker cannot store, the trainer is ended and the error is told', async () => {
  const failing = handler({ store: () => Promise.reject(new Error('disk full')) });
  expect(await supervise({ script: 'log' }, { handler: failing })).toEqual({
    kind: 'error',
    error: new Error('disk full'),
  });
});
